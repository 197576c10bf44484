package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An account (RFC 8555 §7.3). */
final class DefaultAcmeAccount implements AcmeAccount {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final int MANY = 64;

  private final Parts parts;
  private final Accounts accounts;
  private final String name;
  private final AccountState state;
  private final RolloverFlow rollovers;
  private final List<ChallengeSolver> solvers;

  DefaultAcmeAccount(
      Parts parts,
      Accounts accounts,
      String name,
      AccountState state,
      RolloverFlow rollovers,
      List<ChallengeSolver> solvers) {
    this.parts = parts;
    this.accounts = accounts;
    this.name = name;
    this.state = state;
    this.rollovers = rollovers;
    this.solvers = List.copyOf(solvers);
  }

  @Override
  public URI url() {
    return state.url();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Mono<Account> details() {
    return parts
        .requests()
        .send(
            SignedRequest.get(
                AcmeOperation.ACCOUNT,
                url(),
                state,
                answer -> parts.resources().account(answer.body(), url())));
  }

  @Override
  public Flux<URI> orders() {
    return details()
        .flatMapMany(
            account ->
                account
                    .orders()
                    .map(list -> new OrdersList(parts, state).from(list))
                    .orElseThrow(
                        () ->
                            new AcmeNotOfferedException(
                                new AcmeException.At(AcmeOperation.ORDERS, url(), 0),
                                "the server has no list of this account's orders")));
  }

  @Override
  public Mono<Account> update(AccountUpdate change) {
    if (change.contacts().isPresent() || !change.agreesToTerms()) {
      return Mono.defer(() -> send(change.contacts(), change.agreesToTerms()));
    }
    // Pebble refuses an update with nothing but the agreement; where changed terms keep even the
    // account from being read, nothing but the agreement is what helps
    return details()
        .map(account -> Optional.of(account.contacts()))
        .onErrorResume(
            AcmeProblemException.class,
            e -> e.problem().is("userActionRequired") ? Mono.just(Optional.empty()) : Mono.error(e))
        .flatMap(shown -> shown.filter(List::isEmpty).isPresent() ? agree() : send(shown, true));
  }

  /** No contact is shown: there is none, or the server keeps them to itself. */
  private Mono<Account> agree() {
    return send(Optional.empty(), true)
        .onErrorResume(
            AcmeProblemException.class,
            e -> e.problem().is("malformed") ? send(Optional.of(List.of()), true) : Mono.error(e));
  }

  private Mono<Account> send(Optional<List<String>> contacts, boolean agrees) {
    ObjectNode json = Json.object();
    if (agrees) {
      json.put("termsOfServiceAgreed", true);
    }
    contacts.ifPresent(
        urls -> {
          ArrayNode array = json.putArray("contact");
          urls.forEach(array::add);
        });
    return post(AcmeOperation.UPDATE_ACCOUNT, json);
  }

  private Mono<Account> post(AcmeOperation operation, ObjectNode json) {
    return parts
        .requests()
        .send(
            SignedRequest.of(
                operation,
                url(),
                state,
                Json.write(json),
                answer -> parts.resources().account(answer.body(), url())));
  }

  @Override
  public Mono<KeyRollover> rollOver(KeyType type) {
    return rollovers.rollOver(accounts.generated(type));
  }

  @Override
  public Mono<KeyRollover> rollOver(KeyPair key) {
    return rollovers.rollOver(accounts.given(key));
  }

  @Override
  public Mono<KeyRollover> rollOver(AccountSigner signer) {
    return rollovers.rollOver(accounts.given(signer));
  }

  @Override
  public Mono<Account> deactivate() {
    return deactivated(parts.limits().tries(), false)
        .flatMap(
            account ->
                parts
                    .accounts()
                    .delete(name)
                    .then(
                        Mono.fromSupplier(
                            () -> {
                              accounts.close(name);
                              return account;
                            })));
  }

  /**
   * Its keys are deleted after this, so no answer is believed that does not show it. A second try
   * may be refused because the first has done it.
   */
  private Mono<Account> deactivated(int tries, boolean maybeDone) {
    return Mono.defer(
            () ->
                post(AcmeOperation.DEACTIVATE_ACCOUNT, Json.object().put("status", "deactivated")))
        .flatMap(account -> isValid(account) ? shownDeactivated(unchanged()) : Mono.just(account))
        .onErrorResume(
            AcmeException.class,
            error -> {
              if (error.operation() != AcmeOperation.DEACTIVATE_ACCOUNT) {
                return Mono.error(error);
              }
              if (error.outcomeUnknown() && tries > 1) {
                return seen()
                    .flatMap(
                        account ->
                            isValid(account) ? deactivated(tries - 1, true) : Mono.just(account));
              }
              return maybeDone || error.attempts() > 1
                  ? shownDeactivated(error)
                  : Mono.error(error);
            });
  }

  /** A front end may be late to show it. */
  private Mono<Account> shownDeactivated(AcmeException otherwise) {
    long surely = parts.youngUntilMillis();
    return parts
        .timing()
        .untilSeen(
            Mono.defer(this::seen)
                .flatMap(
                    account ->
                        !isValid(account)
                            ? Mono.just(account)
                            : parts.timing().millis() > surely
                                ? Mono.error(otherwise)
                                : Mono.empty()),
            LOOK_AGAIN);
  }

  /** The account as it is, or that it may say no more: a problem document, not a gateway's page. */
  private Mono<Account> seen() {
    return details()
        .onErrorResume(
            AcmeProblemException.class,
            e -> e.problem().is("unauthorized") ? Mono.just(gone()) : Mono.error(e));
  }

  private static boolean isValid(Account account) {
    return account.status().equals(Status.VALID);
  }

  private AcmeException unchanged() {
    return new AcmeProtocolException(
        new AcmeException.At(AcmeOperation.ACCOUNT, url(), 1),
        "the status deactivated",
        "the status valid",
        null);
  }

  private Account gone() {
    return new Account(url(), Status.DEACTIVATED, List.of(), Optional.empty(), Optional.empty());
  }

  @Override
  public Mono<AcmeOrder> order(OrderRequest request) {
    return parts
        .directory()
        .flatMap(directory -> new NewOrder(parts, state).send(directory, request))
        .map(order -> new DefaultAcmeOrder(parts, state, order, false, solvers));
  }

  @Override
  public Mono<AcmeOrder> order(URI url) {
    return Mono.defer(() -> new Polling(parts, state, url, seen -> {}).read())
        .map(seen -> new DefaultAcmeOrder(parts, state, seen.order(), true, solvers));
  }

  @Override
  public Mono<Authorization> authorization(URI url) {
    return new Authorizations(parts, state).read(url);
  }

  @Override
  public Mono<Authorization> deactivateAuthorization(URI url) {
    return new Authorizations(parts, state).deactivate(url);
  }

  @Override
  public Mono<Authorization> preAuthorize(String name) {
    return new Authorizations(parts, state).preAuthorize(Names.identifier(name), solvers);
  }

  @Override
  public Mono<Certificate> issue(OrderRequest request) {
    return issueEvents(request)
        .filter(event -> event.kind() == IssueEvent.Kind.ISSUED)
        .takeLast(1) // next() alone would cancel what is about to complete, and be told as that
        .next()
        .map(event -> event.certificate().orElseThrow());
  }

  @Override
  public <T> Mono<T> issue(OrderRequest request, Function<Certificate, Mono<T>> keep) {
    return Mono.defer(() -> new Issuance(parts, this, state, rollovers, request).kept(keep));
  }

  @Override
  public Flux<IssueEvent> issueEvents(OrderRequest request) {
    return Flux.defer(() -> new Issuance(parts, this, state, rollovers, request).events());
  }

  @Override
  public Flux<IssueResult> issueAll(Publisher<OrderRequest> requests, int inFlight) {
    Flux<OrderRequest> wanted = Flux.from(requests);
    if (inFlight < MANY) {
      return wanted.flatMap(this::result, inFlight, 1);
    }
    // Whenever an order ends, flatMap looks at all that are in flight, which at 10,000 costs as
    // much as the order: so there are many of them, with few each.
    int lanes = lanes(inFlight);
    return wanted
        .parallel(lanes, 1)
        .flatMap(this::result, false, inFlight / lanes, 1)
        .sequential(1);
  }

  /** About the square root, and such that (nearly) nothing is lost to rounding. */
  private static int lanes(int inFlight) {
    int root = (int) Math.sqrt(inFlight);
    return IntStream.rangeClosed(root / 2, root)
        .boxed()
        .min(Comparator.comparingInt(lanes -> inFlight % lanes))
        .orElseThrow();
  }

  private Mono<IssueResult> result(OrderRequest request) {
    return issue(request)
        .map(done -> new IssueResult(request, Optional.of(done), Optional.empty()))
        .onErrorResume(
            error -> Mono.just(new IssueResult(request, Optional.empty(), Optional.of(error))));
  }

  @Override
  public Mono<Certificate> certificate(URI url, ChainPreference preference) {
    return Mono.defer(
        () -> new Download(parts, state, preference).from(parts.resources().urls().require(url)));
  }

  @Override
  public Mono<Void> revoke(X509Certificate certificate, RevocationReason reason) {
    return Mono.defer(() -> new Revocation(parts, certificate, reason).by(state));
  }

  @Override
  public AcmeAccount with(RetryLimits limits) {
    return new DefaultAcmeAccount(parts.with(limits), accounts, name, state, rollovers, solvers);
  }

  @Override
  public AcmeAccount with(ChallengeSolver... others) {
    return new DefaultAcmeAccount(parts, accounts, name, state, rollovers, List.of(others));
  }
}
