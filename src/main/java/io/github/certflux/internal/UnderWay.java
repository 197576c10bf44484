package io.github.certflux.internal;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Counts what goes on without a subscriber of its own (requests on the wire, cleanups, journals),
 * so that closing can wait for it.
 */
public final class UnderWay {
  private static final Logger LOG = LoggerFactory.getLogger(UnderWay.class);

  private final Sinks.Empty<Void> closing = Sinks.empty();
  private int count;
  private Sinks.Empty<Void> idle = Sinks.empty();

  /** Something begins. */
  public synchronized void begin() {
    count++;
  }

  /** Something ends. */
  public void end() {
    Sinks.Empty<Void> waiting;
    synchronized (this) {
      if (--count > 0) {
        return;
      }
      waiting = idle;
      idle = Sinks.empty();
    }
    waiting.tryEmitEmpty();
  }

  /** Runs work to its end whether or not its subscriber stays; what it signals then is dropped. */
  public <T> Mono<T> detached(Mono<T> work) {
    return Mono.create(
        sink -> {
          AtomicBoolean gone = new AtomicBoolean();
          sink.onCancel(() -> gone.set(true));
          begin();
          work.doFinally(signal -> end())
              .contextWrite(sink.contextView())
              .subscribe(
                  sink::success,
                  error -> {
                    if (gone.get()) {
                      LOG.debug("nobody waits any more for what failed", error);
                    } else {
                      sink.error(error);
                    }
                  },
                  sink::success);
        });
  }

  /** No timer is waited for from now on. */
  public void close() {
    closing.tryEmitEmpty();
  }

  /** Completes when nothing that only waits for its time is to be done any more. */
  public Mono<Void> closing() {
    return closing.asMono();
  }

  /** How many there are. */
  public synchronized int count() {
    return count;
  }

  /** Completes when nothing is under way. */
  public Mono<Void> idle() {
    return Mono.defer(
        () -> {
          synchronized (this) {
            return count == 0 ? Mono.empty() : idle.asMono();
          }
        });
  }
}
