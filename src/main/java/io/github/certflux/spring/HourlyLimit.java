package io.github.certflux.spring;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** How often each of some things may be done in an hour. It is forgotten at a restart. */
final class HourlyLimit {
  private static final Duration AN_HOUR = Duration.ofHours(1);

  private final int most;
  private final InstantSource clock;
  private final Map<Object, Deque<Instant>> done = new HashMap<>();

  HourlyLimit(int most, InstantSource clock) {
    this.most = most;
    this.clock = clock;
  }

  /** Whether this may be done now; if so, it counts as done. */
  synchronized boolean allows(Object what) {
    Instant now = clock.instant();
    Deque<Instant> times = done.computeIfAbsent(what, first -> new ArrayDeque<>());
    times.removeIf(time -> !time.plus(AN_HOUR).isAfter(now));
    return times.size() < most && times.add(now);
  }
}
