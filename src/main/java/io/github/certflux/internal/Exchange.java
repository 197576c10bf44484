package io.github.certflux.internal;

import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.RetryTable.Action;
import io.github.certflux.internal.RetryTable.Decision;
import io.github.certflux.internal.RetryTable.Standing;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeObserver.Next;
import io.github.certflux.protocol.AcmeObserver.Outcome;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/**
 * One operation: its tries, and what is decided after each. Made for one subscription. All its
 * signals come one after the other, so its fields need no lock.
 *
 * @param <T> what the answer is
 */
abstract class Exchange<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  protected final Requests requests;
  protected final AcmeOperation operation;
  protected final URI url;

  private final String account;
  private final String order;
  private final long startedNanos;
  private final Sinks.Empty<Void> begun = Sinks.empty();
  private volatile long begunNanos;
  private volatile @Nullable Failure last;
  private @Nullable Failure unknown;
  private volatile int attempts;
  private boolean ended;
  private volatile @Nullable String created;
  private boolean letIn;
  private boolean notNow;
  private int losses;
  private int waits;
  private int badNonces;
  private Duration limitedFor = Duration.ZERO;

  /**
   * One operation.
   *
   * @param account the account's URL, for the log
   * @param order the order's URL, for the log
   */
  Exchange(Requests requests, AcmeOperation operation, URI url, String account, String order) {
    this.account = account;
    this.order = order;
    this.requests = requests;
    this.operation = operation;
    this.url = url;
    this.startedNanos = requests.timing().nanos();
    this.begunNanos = startedNanos;
  }

  /** One try: signals what the answer is, or what the retry table reads. */
  protected abstract Mono<T> attempt();

  /** What the retry table must know of the account. */
  protected abstract Standing standing(Failure failure, Standing plain);

  /** Prepares the next try. */
  protected Mono<Long> next(Failure failure, Decision decision) {
    return wait(decision);
  }

  /** How many tries a front end refused because it did not know the key. */
  protected int refused() {
    return 0;
  }

  /** It has ended, with an answer, with an error or cancelled: called once. */
  protected void over() {}

  final Mono<T> run() {
    Duration limit = requests.limits().operationTime();
    Mono<T> tries =
        Mono.defer(this::attempt)
            .retryWhen(Retry.from(signals -> signals.concatMap(signal -> decide(signal.failure()))))
            .timeout(
                begun.asMono().then(Mono.delay(limit, requests.timing().timer())),
                Mono.error(() -> new AcmeTimeoutException(at(), limit, lastError())));
    return requests
        .observer()
        .observed(
            operation,
            url,
            tries
                .doOnSuccess(value -> ended(Outcome.DONE, null))
                .doOnError(error -> ended(Outcome.FAILED, error))
                .doOnCancel(() -> ended(Outcome.CANCELLED, null)));
  }

  /** What changes something at the server is what an operator wants to read. */
  private Level level() {
    return switch (operation) {
      case NEW_ACCOUNT,
          UPDATE_ACCOUNT,
          KEY_CHANGE,
          DEACTIVATE_ACCOUNT,
          NEW_ORDER,
          NEW_AUTHORIZATION,
          DEACTIVATE_AUTHORIZATION,
          FINALIZE,
          REVOKE_CERTIFICATE ->
          Level.INFO;
      default -> Level.DEBUG;
    };
  }

  /**
   * The place of a try. What was let in before is not overtaken by what was not, but a server that
   * says "not now" to one thing may have time for another.
   */
  protected final Admission.Ticket place(Priority priority) {
    if (letIn && !notNow) {
      return requests.admission().ticket(Priority.AGAIN);
    }
    boolean late = letIn && priority == Priority.START;
    return requests.admission().ticket(late ? Priority.NORMAL : priority);
  }

  /** A try has its place: with the first one the operation's time begins. */
  protected final void begins() {
    if (requests.isClosed()) {
      throw Requests.closed();
    }
    letIn = true;
    if (begun.tryEmitEmpty().isSuccess()) {
      begunNanos = requests.timing().nanos();
    }
  }

  /** The server wants this request later. */
  protected void notNow(Duration wait) {}

  /** A request goes out. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one try at a time
  protected final void sending() {
    attempts++;
  }

  /** An answer of status 2xx was read. */
  protected final void answered(AcmeResponse response) {
    created = response.location();
    if (requests.observer().listens()) {
      tried(response.status(), Optional.empty(), Next.DONE);
    }
  }

  private Flux<Long> decide(Throwable error) {
    if (!Failure.known(error)) {
      return Flux.error(error);
    }
    Failure failure = Failure.of(error, operation, url);
    last = failure;
    count(failure);
    Decision decision = RetryTable.decide(failure, standing(failure, plain()));
    if (requests.observer().listens()) {
      tried(failure.status(), Optional.of(failure.name()), told(decision.action()));
    }
    boolean fails = decision.action() == Action.FAIL;
    // a rate limit that nobody waits for is about something else than how much the server can do
    notNow = failure.status() == 503 || (failure.status() == 429 && !fails);
    if (notNow) {
      notNow(failure.retryAfter().orElse(decision.delay()));
    }
    if (fails) {
      return Flux.error(failure.exception(attempts));
    }
    if (failure.status() == 429) {
      limitedFor = limitedFor.plus(decision.delay());
    }
    return Flux.from(next(failure, decision));
  }

  private static Next told(Action action) {
    return switch (action) {
      case FAIL, FAIL_AS_FIRST, FAIL_AS_MALFORMED -> Next.FAIL;
      case ANOTHER_KEY -> Next.AGAIN_WITH_ANOTHER_KEY;
      case ARBITRATE -> Next.ASK_FOR_KEY;
      case AGAIN, ANOTHER_ALGORITHM -> Next.AGAIN;
    };
  }

  private void count(Failure failure) {
    if (failure.is("badNonce")) {
      badNonces++;
      return;
    }
    badNonces = 0;
    switch (failure.kind()) {
      case LOST, NOT_ACME -> lost(failure);
      case NOT_SENT, NOT_TRUSTED -> waits++;
      case PROBLEM -> {
        if (failure.status() == 500 || failure.status() == 502 || failure.status() == 504) {
          lost(failure);
        } else {
          waits++;
        }
      }
    }
  }

  private Duration timeLeft() {
    return requests.limits().operationTime().minusNanos(requests.timing().nanos() - begunNanos);
  }

  private void lost(Failure failure) {
    losses++;
    if (failure.operation() == operation && failure.exception(attempts).outcomeUnknown()) {
      unknown = failure;
    }
  }

  private Standing plain() {
    return new Standing(
        operation,
        requests.limits().tries(),
        losses,
        Math.max(waits, 1),
        badNonces,
        false,
        false,
        false,
        0,
        false,
        false,
        timeLeft(),
        requests.limits().rateLimitBudget().minus(limitedFor),
        false);
  }

  /** The delay of a decision, drawn at random; never before the server's Retry-After. */
  protected final Mono<Long> wait(Decision decision) {
    Timing timing = requests.timing();
    return timing.delay(
        decision.jitter()
            ? timing.jitter(decision.delay())
            : timing.later(decision.delay(), timeLeft()));
  }

  protected final Duration elapsed() {
    return Duration.ofNanos(requests.timing().nanos() - startedNanos);
  }

  protected final int attempts() {
    return attempts;
  }

  /** No signature for another try: what is told is that nobody knows if an earlier one was done. */
  protected final AcmeException unsigned(SignerFailure signer) {
    AcmeException error = signer.at(at());
    Failure earlier = unknown;
    if (earlier == null) {
      return error;
    }
    AcmeException lost = earlier.exception(attempts);
    lost.addSuppressed(error);
    return lost;
  }

  protected final AcmeException.At at() {
    return new AcmeException.At(operation, url, attempts);
  }

  private @Nullable Throwable lastError() {
    Failure failure = last;
    return failure == null ? null : failure.exception(attempts);
  }

  private void tried(int status, Optional<String> problem, Next next) {
    requests
        .observer()
        .tried(new AcmeObserver.Try(operation, url, attempts, status, problem, next));
  }

  private static String problem(@Nullable Throwable error) {
    if (error == null) {
      return "none";
    }
    return error instanceof AcmeProblemException refused
        ? NotAcme.field(refused.problem().name())
        : error.getClass().getSimpleName();
  }

  /** Operators downstream may cancel what has ended. */
  private void ended(Outcome outcome, @Nullable Throwable error) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    over();
    if (!requests.observer().listens() && !LOG.isEnabledForLevel(level())) {
      return;
    }
    Duration took = elapsed();
    String location = created;
    LOG.atLevel(level())
        .log(
            "operation={} account={} order={} url={} created={} outcome={} problem={} attempts={}"
                + " refused={} ms={}",
            operation,
            account,
            order,
            url,
            location == null ? "none" : NotAcme.field(location),
            outcome,
            problem(error),
            attempts,
            refused(),
            took.toMillis());
    requests
        .observer()
        .ended(
            new AcmeObserver.Ended(
                operation, url, attempts, refused(), took, outcome, Optional.ofNullable(error)));
  }
}
