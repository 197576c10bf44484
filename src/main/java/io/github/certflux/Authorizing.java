package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Gate;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Problem;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Proves control of an order's names (RFC 8555 §7.5.1): set up → ready → triggered → validated →
 * cleaned up. The order is polled, not each authorization.
 *
 * <p>The server computes what it looks for from the account key that it sees when the challenge is
 * triggered or validated. So no rollover comes between trigger and result, and what was set up for
 * a key that was replaced meanwhile is set up again.
 */
final class Authorizing {
  private static final int PARALLEL = 16;
  private static final Duration LONGEST_WAIT_OF_A_ROLLOVER = Duration.ofSeconds(30);
  private static final Duration LEAST_WAIT = Duration.ofMillis(100);
  private static final Duration FIRST_WAIT = Duration.ofMillis(200);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(6_400);
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{22,128}");
  private static final byte[] EMPTY_OBJECT = {'{', '}'};

  private final Parts parts;
  private final AccountState account;
  private final Polling polling;
  private final OrderNames names;
  private final List<ChallengeSolver> solvers;
  private final boolean patient;
  private final Consumer<IssueEvent> told;

  /**
   * One order's proofs.
   *
   * @param names what may be proved
   * @param patient whether nothing is triggered before every replica surely knows the account's key
   */
  Authorizing(
      Parts parts,
      AccountState account,
      Polling polling,
      OrderNames names,
      List<ChallengeSolver> solvers,
      boolean patient,
      Consumer<IssueEvent> told) {
    this.parts = parts;
    this.account = account;
    this.polling = polling;
    this.names = names;
    this.solvers = solvers;
    this.patient = patient;
    this.told = told;
  }

  Mono<Order> run(Order order) {
    if (order.status().equals(Status.INVALID)) {
      return failed(order);
    }
    names.requireAtMostOneEach(
        new AcmeException.At(AcmeOperation.ORDER, order.url(), 1), order.authorizations().size());
    return authorizations(order)
        .collectList()
        .flatMap(
            all -> {
              all.stream()
                  .filter(a -> a.status().equals(Status.VALID))
                  .forEach(a -> tell(IssueEvent.Kind.REUSED, order, a.identifier(), ""));
              List<Proofs.Name> pending =
                  all.stream()
                      .filter(a -> a.status().equals(Status.PENDING))
                      .map(this::choose)
                      .toList();
              AtomicBoolean gone = new AtomicBoolean();
              return Mono.usingWhen(
                      Mono.fromSupplier(() -> proofs(order, pending)),
                      proofs -> new Section(order, proofs).run(),
                      Proofs::end,
                      (proofs, error) -> proofs.end(),
                      Proofs::end)
                  .doOnCancel(() -> gone.set(true))
                  // cancelled while it cleaned up after a failure: nobody is to be told of that
                  .onErrorResume(error -> gone.get() ? Mono.never() : Mono.error(error));
            });
  }

  private Proofs proofs(Order order, List<Proofs.Name> pending) {
    return new Proofs(
        parts,
        account,
        pending,
        new Proofs.Told() {
          @Override
          public void presented(Authorization authorization, Challenge challenge) {
            tell(IssueEvent.Kind.PRESENTED, order, authorization.identifier(), challenge.type());
          }

          @Override
          public void unseen(Authorization authorization, String what) {
            tell(IssueEvent.Kind.UNSEEN, order, authorization.identifier(), what);
          }
        });
  }

  private Flux<Authorization> authorizations(Order order) {
    return Flux.fromIterable(order.authorizations())
        .flatMapSequential(this::authorization, PARALLEL);
  }

  private Mono<Authorization> authorization(URI url) {
    return new Authorizations(parts, account)
        .read(url, polling.youngUntilMillis(), polling.order());
  }

  /** The user's solvers that fit one of the challenges, in the user's order but for what failed. */
  private Proofs.Name choose(Authorization authorization) {
    AcmeException.At at = new AcmeException.At(AcmeOperation.SOLVE, authorization.url(), 0);
    names.require(at, authorization);
    List<Proofs.Way> ways = new ArrayList<>();
    for (ChallengeSolver solver : solvers) {
      for (Challenge challenge : authorization.challenges()) {
        if (challenge.type().equals(solver.type())) {
          requireToken(at, challenge);
          Proofs.Way way = new Proofs.Way(solver, challenge);
          if (solver.solves(way.request(authorization, account.current(), account.url()))) {
            ways.add(way);
          }
        }
      }
    }
    if (!ways.isEmpty()) {
      List<String> failed = parts.failedTypes().of(authorization.identifier());
      ways.sort(Comparator.comparingInt(way -> failed.indexOf(way.challenge().type())));
      return new Proofs.Name(authorization, ways);
    }
    String offered =
        authorization.challenges().stream().map(Challenge::type).collect(Collectors.joining(", "));
    String present = solvers.stream().map(ChallengeSolver::type).collect(Collectors.joining(", "));
    throw new AcmeSolverException(
        at,
        "no solver for "
            + authorization.identifier()
            + ": the server offers ["
            + offered
            + "], the client has ["
            + present
            + "]",
        null);
  }

  /** Every type has one but dns-persist-01, which names its issuers instead. */
  private static void requireToken(AcmeException.At at, Challenge challenge) {
    boolean fits =
        challenge
            .token()
            .map(token -> TOKEN.matcher(token).matches())
            .orElse(!challenge.issuers().isEmpty());
    if (!fits) {
      throw new AcmeProtocolException(
          at, "a challenge token of 22 to 128 base64url characters", "another", null);
    }
  }

  /** An order's way from proofs to result; made for one subscription. */
  private final class Section {
    private final Order order;
    private final Proofs proofs;

    Section(Order order, Proofs proofs) {
      this.order = order;
      this.proofs = proofs;
    }

    Mono<Order> run() {
      if (proofs.isEmpty()) {
        return polling
            .until(o -> !o.status().equals(Status.PENDING), Optional.empty())
            .flatMap(this::readyOrFailed);
      }
      parts.proofs().sweep(solvers);
      return proofs.setUp().then(Mono.defer(this::section)).flatMap(this::readyOrFailed);
    }

    /** From trigger to result, no rollover comes between; unless one has come before. */
    private Mono<Order> section() {
      return Mono.using(
              () -> account.gate().shared(),
              pass ->
                  pass.enter()
                      .flatMap(
                          inside ->
                              account.current().equals(proofs.key()) && !isEarly()
                                  ? triggered(pass)
                                  : Mono.<Order>empty()),
              Gate.Pass::close)
          .switchIfEmpty(
              Mono.defer(
                  () ->
                      proofs
                          .takeAway()
                          .then(Mono.defer(this::windowOver))
                          .then(proofs.setUp())
                          .then(Mono.defer(this::section))));
    }

    private boolean isEarly() {
      return patient && account.windowOpen();
    }

    private Mono<Void> windowOver() {
      if (!isEarly()) {
        return Mono.empty();
      }
      Duration left =
          account.windowLeft(); // nothing where a rollover is under way without a window
      Duration wait = left.compareTo(LEAST_WAIT) < 0 ? LEAST_WAIT : left;
      return parts.timing().delay(wait).then(Mono.defer(this::windowOver));
    }

    private Mono<Order> triggered(Gate.Pass pass) {
      return Mono.using(
          () -> parts.timing().delay(LONGEST_WAIT_OF_A_ROLLOVER).subscribe(tooLong -> pass.close()),
          timer ->
              Flux.fromIterable(proofs.names())
                  .flatMap(name -> trigger(name, 1), PARALLEL)
                  .then(polling.until(o -> !o.status().equals(Status.PENDING), Optional.empty())),
          Disposable::dispose);
    }

    /** Tells the server to look; when nobody knows if it was told, the authorization says so. */
    private Mono<Void> trigger(Proofs.Name name, int time) {
      Challenge challenge = name.challenge();
      return parts
          .requests()
          .send(
              SignedRequest.of(
                      AcmeOperation.CHALLENGE,
                      challenge.url(),
                      account,
                      EMPTY_OBJECT,
                      answer -> parts.resources().challenge(answer.body()))
                  .youngUntil(polling.youngUntilMillis())
                  .about(polling.order()))
          .doOnNext(
              seen ->
                  tell(
                      IssueEvent.Kind.TRIGGERED,
                      order,
                      name.authorization().identifier(),
                      challenge.type()))
          .then()
          .onErrorResume(
              AcmeException.class,
              error -> {
                if (error instanceof AcmeProblemException p && p.status() == 409) {
                  return Mono.empty(); // it is being validated
                }
                // a request whose answer was lost may have done it: "must be pending"
                boolean decided =
                    error instanceof AcmeProblemException p && p.problem().is("malformed");
                return (decided || error.outcomeUnknown()) && mayTriggerAgain(time)
                    ? triggerAgain(name, time)
                    : Mono.error(error);
              });
    }

    /** A replica that is late to know the order fails a trigger, too (500): those don't count. */
    private boolean mayTriggerAgain(int time) {
      int most = parts.limits().tries();
      return time < most || (most > 1 && parts.timing().millis() < polling.youngUntilMillis());
    }

    /** A replica may be late to show that it was decided, so each time it is asked later. */
    private Mono<Void> triggerAgain(Proofs.Name name, int time) {
      Duration wait = Timing.doubled(FIRST_WAIT, time, LONGEST_WAIT);
      return parts
          .timing()
          .delay(wait)
          .then(Mono.defer(() -> authorization(name.authorization().url())))
          .flatMap(
              now ->
                  now.status().equals(Status.PENDING)
                          && now.challenges().stream()
                              .anyMatch(
                                  c ->
                                      c.url().equals(name.challenge().url())
                                          && c.status().equals(Status.PENDING))
                      ? trigger(name, time + 1)
                      : Mono.empty());
    }

    private Mono<Order> readyOrFailed(Order seen) {
      return seen.status().equals(Status.INVALID)
          ? failed(seen).doOnError(AcmeAuthorizationException.class, this::remember)
          : Mono.just(seen);
    }

    /** Inside a rollover window it may have been the key, and not the type. */
    private void remember(AcmeAuthorizationException error) {
      if (!account.windowOpen()) {
        proofs.names().stream()
            .filter(name -> error.failures().containsKey(name.authorization().identifier()))
            .forEach(
                name ->
                    parts
                        .failedTypes()
                        .add(name.authorization().identifier(), name.challenge().type()));
      }
    }
  }

  /** An order does not say which of its names failed, and a replica may be late to show it. */
  private Mono<Order> failed(Order order) {
    long surely = parts.youngUntilMillis();
    return authorizations(order)
        .collectList()
        .filter(all -> isExplained(order, all) || parts.timing().millis() > surely)
        .repeatWhenEmpty(
            again ->
                again.concatMap(
                    n ->
                        parts
                            .timing()
                            .delay(Timing.doubled(FIRST_WAIT, n.intValue(), LONGEST_WAIT))))
        .flatMap(all -> Mono.error(failure(order, all)));
  }

  private boolean isExplained(Order order, List<Authorization> authorizations) {
    return order.error().isPresent()
        || order.expires().filter(parts.timing().now()::isAfter).isPresent()
        || authorizations.stream()
            .anyMatch(a -> !a.status().equals(Status.PENDING) && !a.status().equals(Status.VALID));
  }

  static AcmeAuthorizationException failure(Order order, List<Authorization> authorizations) {
    Problem problem =
        order
            .error()
            .or(
                () ->
                    AcmeAuthorizationException.failures(authorizations).values().stream()
                        .findFirst())
            .orElseGet(
                () ->
                    new Problem(
                        "about:blank",
                        Optional.of("the order is " + order.status()),
                        Optional.empty(),
                        0,
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        List.of()));
    return new AcmeAuthorizationException(
        new AcmeException.At(AcmeOperation.ORDER, order.url(), 0), problem, authorizations);
  }

  private void tell(IssueEvent.Kind kind, Order order, Identifier identifier, String detail) {
    told.accept(new IssueEvent(kind, order, Optional.of(identifier), detail, Optional.empty()));
  }
}
