package io.github.certflux.examples.webflux;

import io.github.certflux.AcmeClient;
import io.github.certflux.manager.CertificateManager;
import java.time.Clock;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Makes a {@link Picture} of all that happens: one for everybody who looks. Whoever comes gets the
 * last one first, and whoever is slow gets only the newest.
 */
final class Dashboard implements ApplicationListener<ContextClosedEvent> {
  private static final Duration A_SECOND = Duration.ofSeconds(1);

  /** An order is some twenty events in a moment. */
  private static final Duration BETWEEN_PICTURES = Duration.ofMillis(500);

  private final Sinks.Empty<Void> closing = Sinks.empty();
  private final Flux<Picture> pictures;

  Dashboard(CertificateManager manager, Activity activity, AcmeClient client, Clock clock) {
    Flux<UnaryOperator<Picture>> changes =
        Flux.merge(
            manager.events().map(event -> picture -> picture.with(event)),
            activity.changes(),
            Flux.interval(A_SECOND).onBackpressureDrop().map(second -> UnaryOperator.identity()));
    pictures =
        changes
            .scan(
                Picture.empty(clock.instant(), client.directoryUrl()),
                (picture, change) -> change.apply(picture.at(clock.instant())))
            .sample(BETWEEN_PICTURES)
            .takeUntilOther(closing.asMono())
            .replay(1)
            .autoConnect(0);
  }

  /** The current picture, and each that follows, until the application closes. */
  Flux<Picture> pictures() {
    return pictures.onBackpressureLatest();
  }

  /** Streams that go on would hold the server's end up. */
  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    closing.tryEmitEmpty();
  }
}
