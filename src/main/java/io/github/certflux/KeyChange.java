package io.github.certflux;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Jws;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Sends a key-change (RFC 8555 §7.3.5) until the server is known to have the key; made for one
 * rollover.
 *
 * <p>After a lost answer the server is asked whose key it is, and if it is nobody's, the key-change
 * to that same key is sent again: 409 with our own account, or "same as the old key", mean that it
 * was done.
 */
final class KeyChange {
  private static final byte[] DEPENDS_ON_KEY = {};
  private static final Duration FIRST_WAIT = Duration.ofMillis(30);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

  private final Parts parts;
  private final Accounts accounts;
  private final AccountState state;
  private final AccountKey key;
  private final boolean resumed;
  private boolean maybeDone;
  private long maybeDoneNanos;
  private long firstRoundNanos;
  private int round;
  private int sent;

  /**
   * A key-change.
   *
   * @param key the key to come
   * @param resumed whether it may have been done before a crash
   */
  KeyChange(Parts parts, Accounts accounts, AccountState state, AccountKey key, boolean resumed) {
    this.parts = parts;
    this.accounts = accounts;
    this.state = state;
    this.key = key;
    this.resumed = resumed;
    this.maybeDone = resumed;
    this.maybeDoneNanos = parts.timing().nanos();
  }

  /** The server refused the new key and cannot have taken it. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient AcmeException reason;

    Refused(AcmeException reason) {
      super(reason.getMessage(), reason, false, false);
      this.reason = reason;
    }

    AcmeException reason() {
      return reason;
    }
  }

  AccountKey key() {
    return key;
  }

  boolean isResumed() {
    return resumed;
  }

  /** How often it was sent: not at all where the server had the key already. */
  int sent() {
    return sent;
  }

  Mono<Void> run() {
    return Mono.defer(() -> asksAlone() ? confirmed() : once())
        .repeatWhenEmpty(rounds -> rounds.concatMap(r -> pause()))
        .then();
  }

  /**
   * Whether this round only asks. After the first it is drawn: rounds of always as many reads stay
   * in step with replicas that take turns, and the question meets the same late ones each time.
   */
  private boolean asksAlone() {
    return round == 0 ? resumed : parts.timing().random().nextBoolean();
  }

  /** Signals true once the account has the key; empty to go on. */
  private Mono<Boolean> once() {
    return send()
        .then(Mono.fromSupplier(Optional::<AcmeException>empty))
        .onErrorResume(AcmeException.class, error -> Mono.just(Optional.of(error)))
        .flatMap(
            error -> {
              if (sent <= 1 || error.map(KeyChange::isUnknown).orElse(true)) {
                maybeDoneNanos = parts.timing().nanos(); // it may have waited long for its turn
              }
              return error.map(this::failed).orElseGet(this::confirmed);
            });
  }

  private Mono<Boolean> failed(AcmeException error) {
    if (isUnknown(error)) {
      maybeDone = true;
      return isBusy(error) ? later(error) : confirmed();
    }
    if (!tellsOfTheKey(error)) {
      return Mono.error(maybeDone ? error : new Refused(error));
    }
    if (!maybeDone && !mayHideThatItIsDone(error)) {
      return Mono.error(new Refused(error));
    }
    return owner()
        .flatMap(url -> ownedBy(url, error))
        .switchIfEmpty(
            Mono.defer(
                () ->
                    since(maybeDoneNanos).compareTo(parts.limits().rolloverWindow()) > 0
                        ? givenUp(error)
                        : Mono.empty()));
  }

  private static boolean tellsOfTheKey(AcmeException error) {
    return mayHideThatItIsDone(error)
        || (error instanceof AcmeProblemException p
            && (p.problem().is("badPublicKey") || p.problem().is("badSignatureAlgorithm")));
  }

  /**
   * 409: done before, by a request whose answer was lost; or another account has this key.
   * Malformed, where 404 belongs, too: the primary has the new key, and the replica that is asked
   * who has it does not yet.
   */
  private static boolean mayHideThatItIsDone(AcmeException error) {
    return error instanceof AcmeProblemException p
        && (p.status() == 409 || p.problem().is("malformed"));
  }

  private static boolean isUnknown(AcmeException error) {
    return error.outcomeUnknown() || isBusy(error);
  }

  /** Whoever says so may have passed it on. */
  private static boolean isBusy(AcmeException error) {
    return error.attempts() > 0 && Busy.is(error);
  }

  private Mono<Boolean> later(AcmeException busy) {
    Duration wait = Busy.retryAfter(busy).orElse(LONGEST_WAIT);
    return wait.compareTo(parts.limits().operationTime()) > 0
        ? Mono.error(busy)
        : parts
            .timing()
            .delay(parts.timing().later(wait, parts.limits().operationTime()))
            .then(Mono.defer(this::confirmed));
  }

  /**
   * Another account's key is refused for good. But a server may spell our account in another way
   * than when it was created: unless it says that our account still has the key it had, the new key
   * may be the only one left, and stays pending.
   */
  private Mono<Boolean> ownedBy(URI url, AcmeException otherwise) {
    if (url.equals(state.url())) {
      return Mono.just(true);
    }
    return accounts
        .byKey(state.current())
        .repeatWhenEmpty(
            times -> times.takeWhile(time -> state.young()).concatMap(t -> pauseAsking()))
        .filter(state.url()::equals)
        .map(unchanged -> (Throwable) new Refused(otherwise))
        .defaultIfEmpty(otherwise)
        .flatMap(Mono::error);
  }

  private Mono<Long> pauseAsking() {
    return parts.timing().delay(FIRST_WAIT); // a replica may be late to know a young account
  }

  /** No replica is that late: the server does not have the new key. Does it have the old one? */
  private Mono<Boolean> givenUp(AcmeException error) {
    return accounts
        .byKey(state.current())
        .hasElement()
        .flatMap(
            known -> {
              if (known) {
                return mayBeUnderWay() ? Mono.empty() : Mono.error(new Refused(error));
              }
              return Mono.error(
                  error instanceof AcmeProblemException p
                      ? new AcmeAccountKeyException(
                          new AcmeException.At(AcmeOperation.KEY_CHANGE, state.url(), round + 1),
                          p.status(),
                          p.problem())
                      : error);
            });
  }

  /** A request whose answer was lost, of this process or one that crashed, may be done later. */
  private boolean mayBeUnderWay() {
    Duration longest = parts.limits().operationTime().dividedBy(2);
    return maybeDone && since(maybeDoneNanos).compareTo(longest) <= 0;
  }

  private Mono<Void> send() {
    return parts
        .directory()
        .flatMap(
            directory -> {
              URI url = directory.keyChange();
              sent++;
              return parts
                  .requests()
                  .send(
                      SignedRequest.of(
                              AcmeOperation.KEY_CHANGE, url, state, DEPENDS_ON_KEY, answer -> true)
                          .withPayload(
                              signing -> Jws.keyChange(signing, key, state.url().toString(), url)));
            })
        .then();
  }

  private Mono<Boolean> confirmed() {
    return owner()
        .flatMap(
            url ->
                ownedBy(
                    url,
                    new AcmeProtocolException(
                        new AcmeException.At(AcmeOperation.KEY_CHANGE, state.url(), round),
                        "a key that no other account has",
                        "the key of " + url,
                        null)));
  }

  private Mono<URI> owner() {
    return accounts.byKey(key);
  }

  private Mono<Long> pause() {
    if (round++ == 0) {
      firstRoundNanos = parts.timing().nanos();
    }
    maybeDone = true;
    if (since(firstRoundNanos).compareTo(parts.limits().operationTime()) > 0) {
      return Mono.error(
          new AcmeTimeoutException(
              new AcmeException.At(AcmeOperation.KEY_CHANGE, state.url(), round),
              parts.limits().operationTime(),
              null));
    }
    Duration wait = Timing.doubled(FIRST_WAIT, round - 1, LONGEST_WAIT);
    return parts.timing().delay(parts.timing().jitter(wait));
  }

  private Duration since(long nanos) {
    return Duration.ofNanos(parts.timing().nanos() - nanos);
  }
}
