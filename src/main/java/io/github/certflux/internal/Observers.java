package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Tells an observer, and survives what it throws. */
public final class Observers implements AcmeObserver {
  private static final Logger LOG = LoggerFactory.getLogger(Observers.class);

  private final AcmeObserver observer;

  /** Around the user's observer. */
  public Observers(AcmeObserver observer) {
    this.observer = observer;
  }

  /** Whether anybody listens. */
  boolean listens() {
    return observer != AcmeObserver.NONE;
  }

  /** Work of which each subscription is told from its begin to its end. */
  public <T> Mono<T> observed(AcmeOperation operation, URI url, Mono<T> work) {
    if (!listens()) {
      return work;
    }
    return Mono.deferContextual(
        context -> {
          Running running = begun(new Begun(operation, url, context));
          AtomicBoolean over =
              new AtomicBoolean(); // operators downstream may cancel what has ended
          return work.doOnSuccess(value -> end(running, over, Outcome.DONE, null))
              .doOnError(error -> end(running, over, Outcome.FAILED, error))
              .doOnCancel(() -> end(running, over, Outcome.CANCELLED, null))
              .contextWrite(given -> given.putAll(running.context()));
        });
  }

  private static void end(
      Running running, AtomicBoolean over, Outcome outcome, @Nullable Throwable error) {
    if (over.compareAndSet(false, true)) {
      running.ended(outcome, Optional.ofNullable(error));
    }
  }

  @Override
  public Running begun(Begun event) {
    Running[] running = {Running.UNOBSERVED};
    guard(() -> running[0] = observer.begun(event));
    return running[0] == Running.UNOBSERVED ? running[0] : new Guarded(running[0]);
  }

  private record Guarded(Running running) implements Running {
    @Override
    public ContextView context() {
      ContextView[] added = {Context.empty()};
      guard(() -> added[0] = running.context());
      return added[0];
    }

    @Override
    public void ended(Outcome outcome, Optional<Throwable> error) {
      guard(() -> running.ended(outcome, error));
    }
  }

  @Override
  public void tried(Try event) {
    guard(() -> observer.tried(event));
  }

  @Override
  public void ended(Ended event) {
    guard(() -> observer.ended(event));
  }

  @Override
  public void windowOpened(Window event) {
    guard(() -> observer.windowOpened(event));
  }

  @Override
  public void windowEnded(Window event) {
    guard(() -> observer.windowEnded(event));
  }

  private static void guard(Runnable call) {
    try {
      call.run();
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Throwable e) { // also an assertion, or a checked exception thrown unseen
      LOG.warn("an AcmeObserver failed; what it was told goes on", e);
    }
  }
}
