package io.github.certflux.simulation;

import io.github.certflux.protocol.RolloverPolicy;
import io.github.certflux.testca.Balancing;
import io.github.certflux.testca.KeyAuthorizationTime;
import io.github.certflux.testca.TestCaBuilder;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The circumstances of one history, within what the client promises to bear: what is stale is so
 * for less than the rollover window, and no request is struck more often than it is tried.
 *
 * @param processes how many processes share the store
 * @param names how many different certificates are asked for
 * @param fronts how many front ends the CA has
 * @param balancing how they are chosen
 * @param cache how long a front end keeps an account
 * @param lags of the replicas
 * @param latencyMillis the longest time to the CA, and back
 * @param storeMillis the longest time to the store, and back; 0 for at once
 * @param trouble the part of requests that something happens to
 * @param storeTrouble the part of writes to the store that fail
 * @param lookup when the CA looks up the key of a proof
 * @param asynchronous whether a certificate takes time
 * @param policy of all processes
 * @param freeAtOnce whether the leases of a process that died are free at once
 * @param crashes the part of steps that are crashes
 * @param rollovers the part of steps that are rollovers
 */
record Setting(
    int processes,
    int names,
    int fronts,
    Balancing balancing,
    Duration cache,
    List<Duration> lags,
    int latencyMillis,
    int storeMillis,
    double trouble,
    double storeTrouble,
    KeyAuthorizationTime lookup,
    boolean asynchronous,
    RolloverPolicy policy,
    boolean freeAtOnce,
    double crashes,
    double rollovers) {

  static Setting draw(RandomGenerator random) {
    return new Setting(
        1 + random.nextInt(3),
        1 + random.nextInt(2),
        one(random, 1, 1, 2, 3, 3, 5, 8),
        random.nextBoolean() ? Balancing.RANDOM : Balancing.ROUND_ROBIN,
        Duration.ofMillis(one(random, 0, 300, 2_000, 5_000, 5_000)),
        lags(random),
        one(random, 1, 5, 5, 40, 150),
        one(random, 0, 0, 2, 20),
        one(random, 0, 0, 2, 5, 10) / 100.0,
        one(random, 0, 0, 0, 3) / 100.0,
        random.nextInt(4) == 0
            ? KeyAuthorizationTime.AT_VALIDATION
            : KeyAuthorizationTime.AT_TRIGGER,
        random.nextBoolean(),
        random.nextInt(4) == 0 ? RolloverPolicy.NEW_KEY_ONLY : RolloverPolicy.BOTH_KEYS,
        random.nextInt(4) != 0,
        one(random, 0, 10, 25, 40) / 100.0,
        one(random, 10, 25, 60) / 100.0);
  }

  private static List<Duration> lags(RandomGenerator random) {
    if (random.nextBoolean()) {
      return List.of();
    }
    return IntStream.rangeClosed(0, random.nextInt(3))
        .mapToObj(i -> Duration.ofMillis(one(random, 0, 0, 100, 500, 2_000)))
        .toList();
  }

  static int one(RandomGenerator random, int... of) {
    return of[random.nextInt(of.length)];
  }

  TestCaBuilder of(TestCaBuilder ca) {
    return ca.fronts(fronts)
        .balancing(balancing)
        .cacheTtl(cache)
        .lags(lags)
        .keyAuthorizationTime(lookup)
        .asynchronousIssuance(asynchronous)
        .challengeTypes("http-01")
        .rememberRequests(0);
  }
}
