package io.github.certflux.examples.webflux;

import io.github.certflux.protocol.AcmeObserver.Window;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A rollover of the account's key, as the dashboard shows it.
 *
 * @param open whether front ends may still know the old key alone
 * @param began when one may first have known the new key
 * @param until when all know it
 * @param thumbprint of the new key (RFC 7638)
 * @param operations how many have ended since
 * @param failed how many of them failed
 * @param refused how many requests were refused for their key, and sent again with the other one
 * @param delay for how many milliseconds that held an operation up, at most; known in the end
 */
record Rollover(
    boolean open,
    Instant began,
    Instant until,
    String thumbprint,
    int operations,
    int failed,
    int refused,
    @Nullable Long delay) {

  static Rollover opened(Instant now, Window window) {
    return new Rollover(
        true, now, now.plus(window.length()), window.keyThumbprint(), 0, 0, 0, null);
  }

  Rollover plus(Count count) {
    return open
        ? new Rollover(
            true,
            began,
            until,
            thumbprint,
            operations + count.operations(),
            failed + count.failed(),
            refused + count.refused(),
            delay)
        : this;
  }

  Rollover ended(Duration slowest) {
    return new Rollover(
        false, began, until, thumbprint, operations, failed, refused, slowest.toMillis());
  }
}
