package io.github.certflux.internal;

import io.github.certflux.internal.AccountState.Verdict;
import io.github.certflux.internal.RetryTable.Decision;
import io.github.certflux.internal.RetryTable.Standing;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A signed request (RFC 8555 §6.2) through its tries: admission → nonce → key → signature → answer.
 *
 * <p>A front end that is late to learn of a new key refuses it with {@code malformed}, like a
 * request that really is malformed. It checks the signature before it redeems the nonce, so the
 * next key tries the same nonce: success means that the front end was stale, {@code badNonce} adds
 * to the {@link Suspicion} that it is the request.
 */
final class SignedExchange<T> extends Exchange<T> {
  private static final double KEEP = 0.5;
  private static final double KEEP_TO_PASSED = 0.75;

  private final SignedRequest<T> request;
  private final Suspicion suspicion = new Suspicion();
  private @Nullable AccountKey lastRefused;
  private int refusedInRound;
  private Admission.@Nullable Ticket lastPlace;
  private @Nullable AccountKey signedBy;
  private boolean signedInWindow;
  private @Nullable String usedNonce;
  private @Nullable String nonceToTryAgain;
  private @Nullable AccountKey otherAlgorithm;
  private @Nullable Failure firstRefusal;
  private volatile long firstRefusedNanos;
  private volatile int refused;
  private int rounds;

  SignedExchange(Requests requests, SignedRequest<T> request) {
    super(
        requests,
        request.operation(),
        request.url(),
        request.account() == null ? "none" : request.account().url().toString(),
        request.order() == null ? "none" : request.order().toString());
    this.request = request;
  }

  @Override
  protected int refused() {
    return refused;
  }

  @Override
  protected Mono<T> attempt() {
    return Mono.using(Try::new, Try::run, Try::close);
  }

  @Override
  protected void notNow(Duration wait) {
    Admission.Ticket place = lastPlace;
    if (place != null) {
      place.refused(wait);
    }
  }

  /** One try's place and nonce, given back when it ends or is cancelled before it is sent. */
  private final class Try implements AutoCloseable {
    private final Admission.Ticket place = place(request.priority());
    private final NoncePool.Ticket nonce = requests.nonces().ticket();
    private boolean onWire;
    private boolean closed;

    Mono<T> run() {
      return place.enter() ? withPlace() : place.admitted().flatMap(in -> withPlace());
    }

    private Mono<T> withPlace() {
      begins();
      lastPlace = place;
      String again = nonceToTryAgain;
      if (again != null) {
        nonceToTryAgain = null;
        return withNonce(again);
      }
      String pooled = nonce.take();
      return pooled != null
          ? withNonce(pooled)
          : nonce.await(requests.fetchNonce()).flatMap(this::withNonce);
    }

    private Mono<T> withNonce(String value) {
      AccountKey key = key();
      AccountState account = request.account();
      String kid = account == null ? null : account.url().toString();
      signedBy = key;
      signedInWindow = account != null && account.windowOpen();
      usedNonce = value;
      return request
          .payload()
          .apply(key)
          .flatMap(payload -> Jws.sign(signing(key), kid, value, url, payload))
          .onErrorMap(SignerFailure.class, SignedExchange.this::unsigned)
          .flatMap(jws -> send(jws, key));
    }

    private Mono<T> send(byte[] jws, AccountKey key) {
      synchronized (this) {
        if (closed) {
          return Mono.never(); // cancelled while it was signed
        }
        onWire = true;
        nonce.spend();
      }
      sending();
      return requests
          .onWire(AcmeRequest.post(url, jws), place::close)
          .map(
              response -> {
                T value = read(response, key);
                place.answered();
                return value;
              });
    }

    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        if (onWire) {
          return; // the answer gives the place back
        }
      }
      nonce.close();
      place.close();
    }
  }

  private T read(AcmeResponse response, AccountKey key) {
    if (response.status() / 100 != 2) {
      throw new Failure.Signal(Failure.answered(operation, url, response, requests.timing().now()));
    }
    AccountState account = request.account();
    if (account != null) {
      account.ring().accepted(key);
    }
    T value = request.decoder().apply(response);
    answered(response);
    return value;
  }

  private AccountKey key() {
    AccountKey embedded = request.key();
    if (embedded != null) {
      return embedded;
    }
    AccountState account = account();
    if (operation == AcmeOperation.KEY_CHANGE && refused == 0) {
      return account.current(); // a replaced key could undo a confirmed rollover
    }
    RandomGenerator random = requests.timing().random();
    AccountKey passed = suspicion.passed();
    AccountKey again =
        passed != null ? passed : refused > 0 && refusedInRound == 0 ? signedBy : null;
    if (again != null
        && account.ring().contains(again)
        && random.nextDouble() < (passed != null ? KEEP_TO_PASSED : KEEP)) {
      return again; // two keys in turn would stay in step with two front ends in turn
    }
    AccountKey drawn =
        account.ring().draw(random, passed != null ? null : lastRefused, neverSigns(account));
    return drawn == null ? account.current() : drawn;
  }

  /** A key-change can't be signed by the key that it is about. */
  private @Nullable AccountKey neverSigns(AccountState account) {
    return operation == AcmeOperation.KEY_CHANGE ? account.candidate() : null;
  }

  /** How many keys may sign this request. */
  private int keys(AccountState account) {
    AccountKey never = neverSigns(account);
    return account.ring().size() - (never != null && account.ring().contains(never) ? 1 : 0);
  }

  private void newRound() {
    refusedInRound = 0;
    lastRefused = null;
  }

  private AccountState account() {
    AccountState account = request.account();
    if (account == null) {
      throw new IllegalStateException(operation + " has neither an account nor a key");
    }
    return account;
  }

  @Override
  protected Standing standing(Failure failure, Standing plain) {
    AccountState account = request.account();
    boolean window = signedInWindow || (account != null && account.windowOpen());
    boolean algorithmLeft = otherAlgorithm == null && other(failure) != null;
    boolean keyRefused =
        account != null
            && failure.kind() == Failure.Kind.PROBLEM
            && failure.status() == 400
            && (failure.is("malformed")
                || (window && !algorithmLeft && failure.is("badSignatureAlgorithm")));
    if (keyRefused && window) {
      refusedKey(failure, account());
    } else if (failure.is("badNonce")) {
      refusedNonce(account);
    } else {
      suspicion.dispel();
      newRound();
    }
    boolean keysLeft = account != null && refusedInRound < keys(account);
    if (keyRefused && window && !keysLeft) {
      rounds++;
      refusedInRound = 0;
    }
    return new Standing(
        plain.operation(),
        plain.tries(),
        plain.losses(),
        plain.waits(),
        plain.badNonces(),
        account != null,
        window,
        keysLeft,
        rounds,
        suspicion.proven(),
        young(failure, account),
        plain.timeLeft(),
        plain.rateBudget(),
        algorithmLeft);
  }

  /** Whether the server may be late to know what this client created a moment ago. */
  private boolean young(Failure failure, @Nullable AccountState account) {
    if (requests.timing().millis() < request.youngUntilMillis()) {
      return true;
    }
    return account != null
        && account.young()
        && (failure.is("accountDoesNotExist") || url.equals(account.url()));
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one try at a time
  private void refusedKey(Failure failure, AccountState account) {
    if (firstRefusal == null) {
      firstRefusal = failure;
      firstRefusedNanos = requests.timing().nanos();
    }
    suspicion.refused(failure);
    refused++;
    account.refused();
    AccountKey key = signedBy;
    if (key != null) {
      account.ring().refused(key);
      lastRefused = key;
      refusedInRound++;
    }
  }

  private void refusedNonce(@Nullable AccountState account) {
    AccountKey key = signedBy;
    if (account != null && key != null && suspicion.badNonce(key)) {
      account.ring().accepted(key); // it was not the key
      newRound();
    }
  }

  @Override
  protected void over() {
    AccountState account = request.account();
    if (account != null && refused > 0) {
      account.delayedSince(firstRefusedNanos);
    }
  }

  private AccountKey signing(AccountKey key) {
    AccountKey other = otherAlgorithm;
    return other != null && other.equals(key) ? other : key;
  }

  private @Nullable AccountKey other(Failure failure) {
    AccountKey key = signedBy;
    return key == null || !failure.is("badSignatureAlgorithm")
        ? null
        : key.withAlgorithm(failure.problem().algorithms()).orElse(null);
  }

  @Override
  protected Mono<Long> next(Failure failure, Decision decision) {
    return switch (decision.action()) {
      case ANOTHER_KEY -> {
        nonceToTryAgain = usedNonce;
        if (rounds >= 2) {
          askMeanwhile();
        }
        yield wait(decision);
      }
      case ANOTHER_ALGORITHM -> {
        otherAlgorithm = other(failure);
        yield wait(decision);
      }
      case FAIL_AS_FIRST -> Mono.error(first(failure).exception(attempts()));
      case FAIL_AS_MALFORMED -> Mono.error(suspicion.refusal(first(failure)).exception(attempts()));
      case ARBITRATE -> account().arbiter().flatMap(verdict -> after(verdict, failure));
      case AGAIN, FAIL -> wait(decision);
    };
  }

  /** Another process may have rolled the key over; that the server says no proves nothing now. */
  private void askMeanwhile() {
    account().arbiter().subscribe(verdict -> {}, error -> {});
  }

  private Mono<Long> after(Verdict verdict, Failure failure) {
    AccountKey refusedKey = signedBy;
    boolean newer = refusedKey != null && !refusedKey.equals(account().current());
    if (newer || account().windowOpen()) {
      return Mono.just(0L); // somebody else has taken over a newer or a pending key meanwhile
    }
    return switch (verdict) {
      case KEYS_CHANGED -> Mono.just(0L);
      case NOT_OURS ->
          Mono.error(
              new AcmeAccountKeyException(
                  new AcmeException.At(operation, url, attempts()),
                  failure.status(),
                  failure.problem()));
      case OURS, UNKNOWN -> Mono.error(failure.exception(attempts()));
    };
  }

  private Failure first(Failure failure) {
    Failure first = firstRefusal;
    return first == null ? failure : first;
  }
}
