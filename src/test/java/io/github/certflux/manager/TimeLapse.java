package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;

/**
 * Certificates of 45 days kept valid over a long time that passes at once: all names come on the
 * first day, the CA moves all windows up twice, as before it revokes what it has issued, and is
 * away for two days. Counts orders by the hour, and certificates that were not valid.
 *
 * <p>Run by itself with a number of names and of days: {@code .ci/soak manager}.
 */
final class TimeLapse {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration CHECK = Duration.ofDays(1);

  private final World world = new World();
  private final Instant begin = world.now();
  private final int names;
  private final int days;
  private final int[] orders;
  private final boolean[] eventful;
  private int expired;
  private int movedUp;
  private int failed;

  /** When the CA says that everything older has to be replaced, and until when. */
  private final Instant firstMove;

  private final Instant secondMove;
  private final Instant outage;

  TimeLapse(int names, int days) {
    this.names = names;
    this.days = days;
    this.orders = new int[days * 24 + 1];
    this.eventful = new boolean[days * 24 + 1];
    this.firstMove = begin.plus(Duration.ofDays(days * 3 / 10));
    this.outage = begin.plus(Duration.ofDays(days * 5 / 10));
    this.secondMove = begin.plus(Duration.ofDays(days * 7 / 10));
  }

  /**
   * What has come out.
   *
   * @param orders how many certificates were issued
   * @param meanAnHour orders an hour outside the events
   * @param peakAnHour the most in one hour outside the events
   * @param expired how many certificates ended before there was another
   * @param movedUp how many were told to be renewed sooner
   * @param failed how many attempts failed
   */
  record Figures(
      int orders, double meanAnHour, int peakAnHour, int expired, int movedUp, int failed) {
    double peakToMean() {
      return peakAnHour / meanAnHour;
    }
  }

  Figures run(IntConsumer month) {
    CheapCa ca = world.ca;
    ca.orderly = issued -> Mono.defer(() -> away() ? down() : issued);
    ca.ari = issued -> Mono.defer(() -> away() ? down() : window(issued));
    CertificateManager manager =
        world.builder(world.store).authority(ca).random(new Random(7)).build();
    manager.events().subscribe(this::told);
    List<OrderRequest> all =
        IntStream.range(0, names).mapToObj(i -> OrderRequest.of("n" + i + ".example.org")).toList();
    manager.manage(all).subscribe();
    // The limit lets ninety new orders an hour through.
    eventful(begin, Duration.ofHours(names / 90 + 2));
    eventful(firstMove, Duration.ofDays(2));
    eventful(secondMove, Duration.ofDays(6));
    eventful(outage, Duration.ofDays(5));
    for (int hour = 0; hour < days * 24; hour++) {
      int before = ca.orders.size();
      world.pass(HOUR);
      orders[hour] = ca.orders.size() - before;
      if (hour % 720 == 719) {
        month.accept(hour / 24 + 1);
      }
    }
    Instant end = world.now();
    all.forEach(
        request -> {
          String name = request.identifiers().get(0).value();
          if (!manager.certificate(name).orElseThrow().notAfter().isAfter(end)) {
            expired++;
          }
        });
    return figures();
  }

  private Figures figures() {
    int[] quiet =
        IntStream.range(0, days * 24).filter(hour -> !eventful[hour]).map(h -> orders[h]).toArray();
    return new Figures(
        world.ca.orders.size(),
        IntStream.of(quiet).average().orElseThrow(),
        IntStream.of(quiet).max().orElseThrow(),
        expired,
        movedUp,
        failed);
  }

  private void told(CertificateEvent event) {
    switch (event.kind()) {
      case EXPIRED -> expired++;
      case MOVED_UP -> movedUp++;
      case FAILED -> failed++;
      default -> {}
    }
  }

  private boolean away() {
    Instant now = world.now();
    return !now.isBefore(outage) && now.isBefore(outage.plus(Duration.ofDays(2)));
  }

  private static <T> Mono<T> down() {
    return Mono.error(new IllegalStateException("the CA is away"));
  }

  /** Two days around two thirds of the lifetime, unless all has to be replaced. */
  private Mono<io.github.certflux.protocol.RenewalInfo> window(Instant issued) {
    Instant now = world.now();
    if (!now.isBefore(secondMove) && issued.isBefore(secondMove)) {
      return CheapCa.window(
          secondMove.plus(Duration.ofDays(1)), secondMove.plus(Duration.ofDays(5)), CHECK);
    }
    if (!now.isBefore(firstMove) && issued.isBefore(firstMove)) {
      return CheapCa.window(firstMove, firstMove.plus(Duration.ofDays(1)), CHECK);
    }
    return CheapCa.window(
        issued.plus(Duration.ofDays(29)), issued.plus(Duration.ofDays(31)), CHECK);
  }

  private void eventful(Instant from, Duration time) {
    int first = (int) Duration.between(begin, from).toHours();
    for (int hour = first; hour < Math.min(first + time.toHours(), eventful.length); hour++) {
      eventful[hour] = true;
    }
  }

  /** The whole, for figures; a failure is an exit code. */
  public static void main(String[] args) {
    long start = System.nanoTime();
    Figures figures =
        new TimeLapse(Integer.parseInt(args[0]), Integer.parseInt(args[1]))
            .run(day -> System.out.println("day " + day));
    System.out.printf(
        "%s names, %s days: %s, peak to mean %.2f, %d s%n",
        args[0],
        args[1],
        figures,
        figures.peakToMean(),
        Duration.ofNanos(System.nanoTime() - start).toSeconds());
    System.exit(figures.expired() == 0 && figures.peakToMean() <= 3 ? 0 : 1);
  }
}
