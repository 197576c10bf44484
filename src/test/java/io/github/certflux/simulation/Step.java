package io.github.certflux.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What somebody does.
 *
 * @param after how long after the step before
 * @param process which process does it, from 0
 * @param kind what
 * @param argument which name, after how many events or milliseconds, by its kind
 */
record Step(Duration after, int process, Kind kind, int argument) {

  /** What can be done. */
  enum Kind {
    DETAILS,
    CONTACT,
    ISSUE,
    ISSUE_CANCELLED,
    ROLL_OVER,
    ROLL_OVER_CANCELLED,
    CRASH,
    CRASH_AT_AN_EVENT,
    CLOSE
  }

  static List<Step> draw(Setting setting, RandomGenerator random) {
    int count = 6 + random.nextInt(14);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Kind kind = kind(setting, random);
      steps.add(
          new Step(
              pause(random),
              random.nextInt(setting.processes()),
              kind,
              argument(kind, setting, random)));
    }
    return steps;
  }

  private static Duration pause(RandomGenerator random) {
    int most = Setting.one(random, 1, 20, 200, 200, 2_000, 4_000, 15_000);
    return Duration.ofMillis(random.nextInt(most));
  }

  private static Kind kind(Setting setting, RandomGenerator random) {
    double drawn = random.nextDouble();
    if (drawn < setting.crashes()) {
      return switch (random.nextInt(6)) {
        case 0 -> Kind.CRASH;
        case 1 -> Kind.CLOSE;
        default -> Kind.CRASH_AT_AN_EVENT;
      };
    }
    if (random.nextDouble() < setting.rollovers()) {
      return random.nextInt(6) == 0 ? Kind.ROLL_OVER_CANCELLED : Kind.ROLL_OVER;
    }
    return switch (random.nextInt(7)) {
      case 0, 1 -> Kind.DETAILS;
      case 2 -> Kind.CONTACT;
      case 3 -> Kind.ISSUE_CANCELLED;
      default -> Kind.ISSUE;
    };
  }

  private static int argument(Kind kind, Setting setting, RandomGenerator random) {
    return switch (kind) {
      case ISSUE -> random.nextInt(setting.names());
      case ISSUE_CANCELLED, ROLL_OVER_CANCELLED -> random.nextInt(600);
      case CRASH_AT_AN_EVENT -> 1 + random.nextInt(40);
      default -> 0;
    };
  }
}
