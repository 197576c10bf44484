package io.github.certflux.examples.webflux;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** What the client does, as changes of the {@link Picture}. It is told on several event loops. */
final class Activity implements AcmeObserver {
  private static final Duration LONGEST_TURN = Duration.ofSeconds(1);

  /**
   * Steps of an order or of a rollover. That one of them failed means nothing: it is made again
   * where a replica lags, and a refusal answers the question which key the account has.
   */
  private static final Set<AcmeOperation> STEPS =
      EnumSet.of(
          AcmeOperation.NEW_ORDER,
          AcmeOperation.ORDER,
          AcmeOperation.AUTHORIZATION,
          AcmeOperation.CHALLENGE,
          AcmeOperation.SOLVE,
          AcmeOperation.SIGN,
          AcmeOperation.FINALIZE,
          AcmeOperation.CERTIFICATE,
          AcmeOperation.KEY_CHANGE,
          AcmeOperation.FIND_ACCOUNT);

  private final Sinks.Many<UnaryOperator<Picture>> changes =
      Sinks.many().unicast().onBackpressureBuffer();

  /** The changes, for the one dashboard; those before it came, too. */
  Flux<UnaryOperator<Picture>> changes() {
    return changes.asFlux();
  }

  @Override
  public void tried(Try event) {
    if (event.next() == Next.AGAIN_WITH_ANOTHER_KEY) {
      tell(picture -> picture.plus(Count.REFUSED));
    }
  }

  @Override
  public void ended(Ended event) {
    if (event.outcome() == Outcome.DONE) {
      tell(picture -> picture.plus(Count.DONE));
    } else if (event.outcome() == Outcome.FAILED && !STEPS.contains(event.operation())) {
      tell(picture -> picture.plus(Count.FAILED));
    }
  }

  @Override
  public void windowOpened(Window event) {
    tell(picture -> picture.opened(event));
  }

  @Override
  public void windowEnded(Window event) {
    tell(picture -> picture.ended(event));
  }

  private void tell(UnaryOperator<Picture> change) {
    changes.emitNext(change, Sinks.EmitFailureHandler.busyLooping(LONGEST_TURN));
  }
}
