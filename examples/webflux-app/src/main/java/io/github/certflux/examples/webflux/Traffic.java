package io.github.certflux.examples.webflux;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads the account five times a second, as if it had much to do: or nothing would be refused after
 * a rollover. For the embedded CA alone.
 */
final class Traffic implements SmartLifecycle {
  private static final Duration BETWEEN = Duration.ofMillis(200);

  private final Flux<?> reads;
  private volatile @Nullable Disposable running;

  Traffic(AcmeClient client) {
    reads =
        Flux.interval(BETWEEN)
            .onBackpressureDrop()
            .concatMap(
                tick ->
                    client
                        .findAccount()
                        .flatMap(AcmeAccount::details)
                        .onErrorResume(error -> Mono.empty())); // the chart shows it
  }

  @Override
  public void start() {
    running = reads.subscribe();
  }

  @Override
  public void stop() {
    Disposable now = running;
    running = null;
    if (now != null) {
      now.dispose();
    }
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }
}
