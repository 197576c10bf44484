package io.github.certflux.dns;

import io.github.certflux.internal.Timing;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What a provider changes, one thing at a time and in the order of the subscriptions. A cancelled
 * change stops at its next step, and the next change waits until the step under way has ended: what
 * was added late would never be taken away.
 */
final class Changes {
  private final Timing timing;
  private final Duration patience;
  private final Map<String, Mono<Void>> last = new ConcurrentHashMap<>();

  Changes(Timing timing, Duration patience) {
    this.timing = timing;
    this.patience = patience;
  }

  /**
   * A change, when its turn has come.
   *
   * @param what changes of the same wait for each other, such as those of one name
   * @param work its steps, made for one subscription
   */
  Mono<Void> of(String what, Function<Change, Mono<Void>> work) {
    return Mono.using(
        () -> new Turn(what),
        turn -> turn.come().then(Mono.defer(() -> work.apply(turn.begin()))),
        Turn::end);
  }

  private final class Turn {
    private final String what;
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private final Mono<Void> over = ended.asMono();
    private final @Nullable Mono<Void> before;
    private volatile @Nullable Change change;

    Turn(String what) {
      this.what = what;
      this.before = last.put(what, over);
    }

    Mono<Void> come() {
      return before == null ? Mono.empty() : before;
    }

    Change begin() {
      Change begun = new Change(timing, timing.millis() + patience.toMillis());
      change = begun;
      return begun;
    }

    void end() {
      come()
          .then(
              Mono.defer(
                  () -> {
                    Change begun = change;
                    return begun == null ? Mono.empty() : begun.idle();
                  }))
          .subscribe(
              null,
              null,
              () -> {
                last.remove(what, over);
                ended.tryEmitEmpty();
              });
    }
  }
}
