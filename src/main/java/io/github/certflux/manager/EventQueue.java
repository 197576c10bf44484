package io.github.certflux.manager;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Scheduler;

/**
 * The events of one subscription. Renewals never wait for a subscriber: of what it has not asked
 * for yet, the newest event of each certificate is kept. Thread-safe.
 */
final class EventQueue {
  private final FluxSink<CertificateEvent> sink;
  private final Map<String, CertificateEvent> kept = new LinkedHashMap<>();
  private final AtomicInteger draining = new AtomicInteger();
  private final Scheduler teller;

  /**
   * The events of a subscription.
   *
   * @param teller where it hears of them, since what it does may take long
   */
  EventQueue(FluxSink<CertificateEvent> sink, Scheduler teller) {
    this.sink = sink;
    this.teller = teller;
    sink.onRequest(more -> drain());
  }

  void tell(String id, CertificateEvent event) {
    synchronized (kept) {
      kept.remove(id); // it goes to the end
      kept.put(id, event);
    }
    drain();
  }

  void complete() {
    sink.complete();
  }

  private void drain() {
    if (draining.getAndIncrement() == 0) {
      teller.schedule(this::tellAll);
    }
  }

  private void tellAll() {
    int missed = 1;
    do {
      while (sink.requestedFromDownstream() > 0) {
        CertificateEvent next = first();
        if (next == null) {
          break;
        }
        sink.next(next);
      }
      missed = draining.addAndGet(-missed);
    } while (missed != 0);
  }

  private @Nullable CertificateEvent first() {
    synchronized (kept) {
      Iterator<CertificateEvent> events = kept.values().iterator();
      if (!events.hasNext()) {
        return null;
      }
      CertificateEvent first = events.next();
      events.remove();
      return first;
    }
  }
}
