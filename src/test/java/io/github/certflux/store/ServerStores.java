package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The stores of one test on a real server, whose clock only goes forward when the test says so. */
final class ServerStores {

  private static final Duration STEP = Duration.ofMillis(250);

  final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final List<ServerStore> opened = new ArrayList<>();
  private final Consumer<Duration> shift;

  /**
   * Begins without any.
   *
   * @param shift lets the terms of all leases end earlier
   */
  ServerStores(Consumer<Duration> shift) {
    this.shift = shift;
  }

  AcmeStore kept(ServerStore store) {
    opened.add(store);
    return store;
  }

  void pass(Duration duration) {
    settle();
    shift.accept(duration);
    for (Duration left = duration; left.compareTo(Duration.ZERO) > 0; left = left.minus(STEP)) {
      time.advanceTimeBy(left.compareTo(STEP) < 0 ? left : STEP);
      settle();
    }
  }

  private void settle() {
    opened.forEach(store -> store.idle().block(PATIENCE));
  }

  void close() {
    // on another thread, so that a driver that never ends fails one test alone
    opened.forEach(
        store -> store.disposeLater().subscribeOn(Schedulers.boundedElastic()).block(PATIENCE));
  }
}
