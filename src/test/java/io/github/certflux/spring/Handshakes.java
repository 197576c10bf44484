package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;

import io.github.certflux.testca.IssuedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** New connections, one after the other, and the certificates that they are shown. */
final class Handshakes {
  private static final Duration BETWEEN_HANDSHAKES = Duration.ofMillis(100);

  private final RunningApplication application;
  private final Queue<Shown> shown = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private record Shown(Instant begun, BigInteger serial) {}

  /**
   * What they were shown.
   *
   * @param count how many there were
   * @param failures those that were shown nothing
   * @param certificates how many different certificates
   * @param longestStale for how long the CA had issued a newer one when a connection that was shown
   *     the older one began
   */
  record Result(int count, List<String> failures, long certificates, Duration longestStale) {}

  Handshakes(RunningApplication application) {
    this.application = application;
  }

  /** Ten a second, or as many as the machine does, until it is disposed of. */
  Disposable begin() {
    return Flux.interval(BETWEEN_HANDSHAKES)
        .onBackpressureDrop()
        .publishOn(Schedulers.boundedElastic(), 1)
        .subscribe(tick -> shakeHands());
  }

  /** One more, now. */
  BigInteger shakeHands() {
    Instant begun = Instant.now();
    try {
      BigInteger serial = application.shown(NAME).getSerialNumber();
      shown.add(new Shown(begun, serial));
      return serial;
    } catch (GeneralSecurityException | IOException e) {
      failures.add(e.toString());
      return BigInteger.ZERO;
    }
  }

  /**
   * What they were shown so far.
   *
   * @param issued all that the CA has issued for the application, in turn
   */
  Result result(List<IssuedCertificate> issued) {
    List<BigInteger> serials =
        issued.stream().map(certificate -> new BigInteger(certificate.serial(), 16)).toList();
    Duration longest = Duration.ZERO;
    for (Shown each : shown) {
      int next = serials.indexOf(each.serial()) + 1;
      if (next < issued.size()) {
        Duration stale = Duration.between(issued.get(next).issued(), each.begun());
        longest = stale.compareTo(longest) > 0 ? stale : longest;
      }
    }
    return new Result(
        shown.size() + failures.size(),
        List.copyOf(failures),
        shown.stream().map(Shown::serial).distinct().count(),
        longest);
  }
}
