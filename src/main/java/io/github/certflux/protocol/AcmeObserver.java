package io.github.certflux.protocol;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Is told what Certflux does. Called on event loops: a method must return at once, and what it
 * throws is logged and ignored, errors too, other than those of the virtual machine. No event holds
 * a key, a token or a JWS.
 */
public interface AcmeObserver {

  /** Tells nobody. */
  AcmeObserver NONE = new AcmeObserver() {};

  /**
   * An operation begins: one event for each subscription. Of what consists of others, such as
   * {@link AcmeOperation#ISSUE}, too.
   *
   * @param operation what is asked
   * @param url where; of what has no request of its own, whose
   * @param context what the subscriber gave, such as the span that this belongs to
   */
  record Begun(AcmeOperation operation, URI url, ContextView context) {}

  /** An operation under way, for an observer that measures from its begin to its end. */
  interface Running {

    /** Is told nothing. */
    Running UNOBSERVED = new Running() {};

    /**
     * What those operations see in their {@link Begun#context} of which this one consists.
     *
     * @return added to the subscriber's
     */
    default ContextView context() {
      return Context.empty();
    }

    /**
     * It ended: called once.
     *
     * @param outcome how
     * @param error the error, if it failed
     */
    default void ended(Outcome outcome, Optional<Throwable> error) {}
  }

  /**
   * An answer came, or was lost, or none could come: one event for each try.
   *
   * @param operation what was asked
   * @param url where
   * @param attempt 1 for the operation's first request; 0 when not even a nonce came for it
   * @param status the HTTP status, 0 when there was no answer
   * @param problem the ACME error's name, or why there was no answer
   * @param next what is done about it
   */
  record Try(
      AcmeOperation operation,
      URI url,
      int attempt,
      int status,
      Optional<String> problem,
      Next next) {}

  /** What is done after a try. */
  enum Next {
    /** The operation has its answer. */
    DONE,
    /** Sent again. */
    AGAIN,
    /**
     * Sent again with another key of the account, or later: this front end does not know the key,
     * or, inside a window, the request is malformed, which looks the same.
     */
    AGAIN_WITH_ANOTHER_KEY,
    /** The server is asked whether the key is still the account's; then it fails, as a rule. */
    ASK_FOR_KEY,
    /** The error goes to the caller, which may know how to recover. */
    FAIL
  }

  /**
   * An operation ended: one event for each subscription, whatever its number of requests.
   *
   * @param operation what was asked
   * @param url where
   * @param attempts how many requests were sent
   * @param refused how many of them a front end refused because it did not know the key, or, inside
   *     a window, because the request is malformed, which looks the same
   * @param took from subscription to end
   * @param outcome how it ended
   * @param error the error, if it failed
   */
  record Ended(
      AcmeOperation operation,
      URI url,
      int attempts,
      int refused,
      Duration took,
      Outcome outcome,
      Optional<Throwable> error) {}

  /** How an operation ended. */
  enum Outcome {
    /** With its answer. */
    DONE,
    /** With an error. */
    FAILED,
    /** Its subscriber cancelled. */
    CANCELLED
  }

  /**
   * A rollover window: from the moment that a new key may be known until every front end knows it.
   * A rollover inside a window makes it longer; a window that is open when a program starts counts
   * from there.
   *
   * @param account the account's URL
   * @param keyThumbprint the new key's thumbprint (RFC 7638)
   * @param length how long the window is
   * @param refused requests refused in it so far, each counted when it happens: because a front end
   *     did not know their key, or because they were malformed, which inside a window is known only
   *     later
   * @param slowest the longest that an operation took from its first such refusal to its end, be
   *     that an answer, an error or a cancel; of those first refused in this window and ended so
   *     far
   */
  record Window(
      URI account, String keyThumbprint, Duration length, long refused, Duration slowest) {}

  /**
   * An operation begins.
   *
   * @param event which
   * @return what is told of its end
   */
  default Running begun(Begun event) {
    return Running.UNOBSERVED;
  }

  /**
   * A try ended.
   *
   * @param event the try
   */
  default void tried(Try event) {}

  /**
   * An operation ended.
   *
   * @param event how it went
   */
  default void ended(Ended event) {}

  /**
   * A rollover window opened.
   *
   * @param event the window
   */
  default void windowOpened(Window event) {}

  /**
   * A rollover window ended: the replaced keys are destroyed.
   *
   * @param event the window
   */
  default void windowEnded(Window event) {}
}
