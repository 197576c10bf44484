package io.github.certflux.spring;

import io.github.certflux.internal.Observers;
import io.github.certflux.protocol.AcmeObserver;
import java.util.List;
import java.util.Optional;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A client has one observer, and an application may have any number. What one of them throws keeps
 * nothing from the others.
 */
final class AllObservers implements AcmeObserver {
  private final List<Observers> all;

  /**
   * For all of them.
   *
   * @param all each is told, in this order
   */
  AllObservers(List<AcmeObserver> all) {
    this.all = all.stream().map(Observers::new).toList();
  }

  @Override
  public Running begun(Begun event) {
    List<Running> running = all.stream().map(each -> each.begun(event)).toList();
    return new Running() {
      @Override
      public ContextView context() {
        Context context = Context.empty();
        for (Running each : running) {
          context = context.putAll(each.context());
        }
        return context;
      }

      @Override
      public void ended(Outcome outcome, Optional<Throwable> error) {
        running.forEach(each -> each.ended(outcome, error));
      }
    };
  }

  @Override
  public void tried(Try event) {
    all.forEach(each -> each.tried(event));
  }

  @Override
  public void ended(Ended event) {
    all.forEach(each -> each.ended(event));
  }

  @Override
  public void windowOpened(Window event) {
    all.forEach(each -> each.windowOpened(event));
  }

  @Override
  public void windowEnded(Window event) {
    all.forEach(each -> each.windowEnded(event));
  }
}
