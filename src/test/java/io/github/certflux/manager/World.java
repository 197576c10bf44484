package io.github.certflux.manager;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A store, a CA or two, and time that passes when it is told to. */
final class World {
  static final Duration LIFETIME = Duration.ofDays(45);

  final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  final MemoryStore store = MemoryStore.create(time);
  final CheapCa ca = new CheapCa("first.example", time, LIFETIME);
  final CheapCa second = new CheapCa("second.example", time, LIFETIME);

  World() {
    time.advanceTimeTo(Instant.parse("2026-01-01T00:00:00Z"));
  }

  Instant now() {
    return Instant.ofEpochMilli(time.now(TimeUnit.MILLISECONDS));
  }

  void pass(Duration duration) {
    time.advanceTimeBy(duration);
  }

  CertificateManagerBuilder builder(AcmeStore at) {
    return CertificateManager.builder(at)
        .timer(time)
        .eventsOn(Schedulers.immediate())
        .random(new Random(1))
        .crypto(new InlineCrypto());
  }

  CertificateManager manager() {
    return builder(store).authority(ca).build();
  }

  /** Events as they come. */
  static final class Told {
    final List<CertificateEvent> events = new ArrayList<>();
    final Disposable subscription;

    Told(Flux<CertificateEvent> events) {
      subscription = events.subscribe(this.events::add);
    }

    List<CertificateEvent.Kind> kinds() {
      return events.stream().map(CertificateEvent::kind).toList();
    }

    CertificateEvent last() {
      return events.get(events.size() - 1);
    }
  }
}
