package io.github.certflux.store;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Those who want to hear of changes, each with what it has not been told yet. Whoever does not keep
 * up is told of a path once, and of too many of them that anything may have changed.
 */
final class ChangeHints {

  private static final int MOST_UNTOLD = 256;

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean listening;

  /**
   * Makes a place to tell of changes.
   *
   * @param listening whether it is told of every change already
   */
  ChangeHints(boolean listening) {
    this.listening = listening;
  }

  /** Whether a path is below a folder; all are below {@code ""}. */
  static boolean isBelow(String folder, String path) {
    return folder.isEmpty() || path.startsWith(folder + "/");
  }

  Flux<String> below(String folder) {
    return Flux.from(
        subscriber -> {
          Listener listener = new Listener(Operators.toCoreSubscriber(subscriber), folder);
          subscriber.onSubscribe(listener);
          listeners.add(listener);
          if (listening) {
            listener.tell(folder);
          }
          if (listener.over.get()) {
            listeners.remove(listener);
          }
        });
  }

  /** A record was written or deleted. */
  void changed(String path) {
    for (Listener listener : listeners) {
      if (isBelow(listener.folder, path)) {
        listener.tell(path);
      }
    }
  }

  /** From now on every change is told; of earlier ones some may have been missed. */
  void listening() {
    listening = true;
    listeners.forEach(listener -> listener.tell(listener.folder));
  }

  /** Changes are missed until further notice. */
  void deaf() {
    listening = false;
  }

  /** Completes all. */
  void complete() {
    listeners.forEach(Listener::complete);
  }

  private final class Listener implements Subscription {
    private final CoreSubscriber<? super String> subscriber;
    private final String folder;
    private final AtomicInteger draining = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    /** Guarded by this. */
    private final Set<String> untold = new LinkedHashSet<>();

    private long requested;
    private boolean completing;

    Listener(CoreSubscriber<? super String> subscriber, String folder) {
      this.subscriber = subscriber;
      this.folder = folder;
    }

    void tell(String path) {
      synchronized (this) {
        if (untold.contains(folder)) {
          return; // Anything may have changed: no single path says more.
        }
        if (untold.size() == MOST_UNTOLD || path.equals(folder)) {
          untold.clear();
          untold.add(folder);
        } else {
          untold.add(path);
        }
      }
      drain();
    }

    void complete() {
      synchronized (this) {
        completing = true;
      }
      drain();
    }

    @Override
    public void request(long n) {
      if (Operators.validate(n)) {
        synchronized (this) {
          requested = Operators.addCap(requested, n);
        }
        drain();
      }
    }

    @Override
    public void cancel() {
      over.set(true);
      listeners.remove(this);
    }

    private void drain() {
      if (draining.getAndIncrement() != 0) {
        return;
      }
      int missed = 1;
      do {
        for (String next = next(); next != null; next = next()) {
          subscriber.onNext(next);
        }
        if (isCompleting() && over.compareAndSet(false, true)) {
          listeners.remove(this);
          subscriber.onComplete();
        }
        missed = draining.addAndGet(-missed);
      } while (missed != 0);
    }

    private synchronized @Nullable String next() {
      if (over.get() || completing || requested == 0 || untold.isEmpty()) {
        return null;
      }
      if (requested != Long.MAX_VALUE) {
        requested--;
      }
      String next = untold.iterator().next();
      untold.remove(next);
      return next;
    }

    private synchronized boolean isCompleting() {
      return completing;
    }
  }
}
