package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
