package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeExternalAccountException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.AcmeTransportException;
import io.github.certflux.protocol.AcmeUserActionException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Problem;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.Condition;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** What a program is told when it can't go on; on virtual time. */
class ErrorPathsTest {
  private static final Duration LONG = Duration.ofMinutes(12);
  private static final OrderRequest NAMES = OrderRequest.of("a.example.org", "b.example.org");

  private final VirtualWorld world = new VirtualWorld(3, ca -> ca.fronts(1));
  private final Wire wire = new Wire(world.ca.transport());
  private final AcmeClient client = world.client(wire).build();

  /** Sees each request, and changes answers. */
  private static final class Wire implements AcmeTransport {
    private final AcmeTransport behind;
    private final List<URI> sent = new ArrayList<>();
    private UnaryOperator<String> change = body -> body;
    private UnaryOperator<String> changeLocation = location -> location;

    Wire(AcmeTransport behind) {
      this.behind = behind;
    }

    @Override
    public Mono<AcmeResponse> send(AcmeRequest request) {
      sent.add(request.url());
      return behind.send(request).map(this::changed);
    }

    private AcmeResponse changed(AcmeResponse response) {
      String body = new String(response.body(), StandardCharsets.UTF_8);
      return new AcmeResponse(
          response.status(),
          response.nonce(),
          response.location() == null ? null : changeLocation.apply(response.location()),
          response.retryAfter(),
          response.date(),
          response.contentType(),
          response.links(),
          change.apply(body).getBytes(StandardCharsets.UTF_8));
    }
  }

  private AcmeAccount account() {
    return Objects.requireNonNull(
        world.await(client.account(AccountRequest.create().agreeToTerms()), LONG));
  }

  /** An account that was not created a moment ago. */
  private AcmeAccount oldAccount() {
    AcmeAccount account = account();
    world.pass(Duration.ofMinutes(1));
    world.ca.requests().clear();
    return account;
  }

  private <E extends Throwable> E failure(Mono<?> work, Class<E> type) {
    Throwable error = world.failure(work, LONG);
    assertThat(error).isInstanceOf(type);
    assertThat(world.proofs.isClean()).isTrue();
    return type.cast(error);
  }

  // every problem of RFC 8555 §6.7

  @TestFactory
  Stream<DynamicTest> everyProblemIsTheCallers() {
    return Stream.of(
            "badCSR 400",
            "badPublicKey 400",
            "badRevocationReason 400",
            "badSignatureAlgorithm 400",
            "caa 403",
            "compound 400",
            "connection 400",
            "dns 400",
            "externalAccountRequired 403",
            "incorrectResponse 403",
            "invalidContact 400",
            "malformed 400",
            "malformed 404",
            "malformed 405",
            "rejectedIdentifier 400",
            "tls 400",
            "unauthorized 403",
            "unsupportedContact 400",
            "unsupportedIdentifier 400",
            "userActionRequired 403",
            "accountDoesNotExist 400",
            "alreadyReplaced 409",
            "invalidProfile 400",
            "urn:example:unheardOf 418")
        .map(
            line -> {
              String[] words = line.split(" ");
              return DynamicTest.dynamicTest(
                  line,
                  () -> new ErrorPathsTest().isTheCallers(words[0], Integer.parseInt(words[1])));
            });
  }

  private void isTheCallers(String type, int status) {
    AcmeAccount account = oldAccount();
    Identifier name = Identifier.dns("b.example.org");
    URI instance = URI.create("https://ca.test/help/1");
    world
        .ca
        .faults()
        .on(Endpoint.NEW_ORDER)
        .always()
        .then(
            Fault.problem(
                CaProblem.of(status, type, "no, because")
                    .withInstance(instance)
                    .withSubproblems(List.of(new CaProblem.Subproblem(name, "caa", "not here")))));

    AcmeProblemException error = failure(account.issue(NAMES), AcmeProblemException.class);
    assertThat(error.getClass())
        .isEqualTo(
            switch (type) {
              case "externalAccountRequired" -> AcmeExternalAccountException.class;
              case "userActionRequired" -> AcmeUserActionException.class;
              default -> AcmeProblemException.class;
            });
    assertThat(error.status()).isEqualTo(status);
    assertThat(error.problem().name()).isEqualTo(type);
    assertThat(error.problem().detail()).contains("no, because");
    assertThat(error.problem().instance()).contains(instance);
    assertThat(error.problem().subproblems())
        .singleElement()
        .satisfies(
            sub -> {
              assertThat(sub.identifier()).contains(name);
              assertThat(sub.is("caa")).isTrue();
              assertThat(sub.detail()).contains("not here");
            });
    assertThat(error.operation()).isEqualTo(AcmeOperation.NEW_ORDER);
    assertThat(error.url()).hasToString("https://ca.test/acme/new-order");
    assertThat(error.attempts()).isEqualTo(1);
    assertThat(error).hasMessageContainingAll("newOrder", "no, because", "b.example.org");
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(1);
  }

  @Test
  void anOrderThatNeverGetsReadyForFinalizeIsTheCallers() {
    AcmeAccount account = account();
    world
        .ca
        .faults()
        .on(Endpoint.FINALIZE)
        .always()
        .then(Fault.problem(CaProblem.of(403, "orderNotReady", "not ready")));

    AcmeProblemException error = failure(account.issue(NAMES), AcmeProblemException.class);
    assertThat(error.problem().is("orderNotReady")).isTrue();
    assertThat(error.operation()).isEqualTo(AcmeOperation.FINALIZE);
    assertThat(world.ca.requests().count(Endpoint.FINALIZE)).isLessThanOrEqualTo(10);
  }

  @Test
  void aServerThatFailsForGoodIsTheCallersAfterFiveTries() {
    AcmeAccount account = oldAccount();
    world.ca.faults().on(Endpoint.NEW_ORDER).always().then(Fault.serverInternal());

    AcmeProblemException error = failure(account.issue(NAMES), AcmeProblemException.class);
    assertThat(error.problem().is("serverInternal")).isTrue();
    assertThat(error.attempts()).isEqualTo(5);
    assertThat(error.outcomeUnknown()).isTrue();
  }

  // accounts and keys

  @Test
  void anAccountThatTheServerDoesNotKnowIsTheCallers() {
    AcmeAccount account = oldAccount();
    world
        .ca
        .faults()
        .on(Endpoint.ACCOUNT)
        .always()
        .then(Fault.problem(CaProblem.of(400, "accountDoesNotExist", "who?")));

    AcmeProblemException error = failure(account.details(), AcmeProblemException.class);
    assertThat(error.problem().is("accountDoesNotExist")).isTrue();
    assertThat(error.attempts()).isEqualTo(1);
    assertThat(error.advice()).contains("create it again");
  }

  @Test
  void aKeyThatSomebodyElseRolledOverIsToldAfterOneQuestion() {
    AcmeAccount account = oldAccount();
    AcmeClient thief = world.client().store(copyOfTheStore()).build();
    AcmeAccount stolen = Objects.requireNonNull(world.await(thief.findAccount(), LONG));
    world.await(stolen.rollOver(KeyType.EC_P384), LONG);
    world.pass(Duration.ofMinutes(1));
    world.ca.requests().clear();

    AcmeAccountKeyException error = failure(account.details(), AcmeAccountKeyException.class);
    assertThat(error.problem().is("malformed")).isTrue();
    assertThat(error.attempts()).isEqualTo(1);
    assertThat(world.ca.requests().count(Endpoint.NEW_ACCOUNT)).isEqualTo(1);
    failure(account.details(), AcmeAccountKeyException.class);
    assertThat(world.ca.requests().count(Endpoint.NEW_ACCOUNT))
        .as("a minute's answer")
        .isEqualTo(1);
    world.close(thief);
  }

  private MemoryStore copyOfTheStore() {
    MemoryStore copy = MemoryStore.create(world.time);
    List<String> paths = new ArrayList<>(world.stored(VirtualWorld.ACCOUNT));
    paths.addAll(world.stored(VirtualWorld.ACCOUNT + "/keys"));
    for (String path : paths) {
      Mono<?> copied =
          world
              .store
              .read(path)
              .flatMap(record -> copy.write(path, record.content(), Condition.none()));
      world.await(copied, Duration.ofSeconds(1));
    }
    return copy;
  }

  // orders and authorizations

  @Test
  void anInvalidOrderIsToldWithItsSubproblems() {
    AcmeAccount account = account();
    world.ca.faults().failIssuanceByCaa(NAMES.identifiers());

    AcmeAuthorizationException error =
        failure(account.issue(NAMES), AcmeAuthorizationException.class);
    assertThat(error.problem().is("caa")).isTrue();
    assertThat(error.status()).isEqualTo(200);
    assertThat(error.problem().subproblems())
        .extracting(sub -> sub.identifier().orElseThrow())
        .containsExactlyInAnyOrderElementsOf(NAMES.identifiers());
    assertThat(error.url().getPath()).startsWith("/acme/order/");
  }

  @Test
  void anInvalidAuthorizationIsToldByIdentifier() {
    AcmeAccount account = account();
    world.ca.faults().failValidations("b.example.org", CaProblem.of(400, "dns", "no A record"));

    AcmeAuthorizationException error =
        failure(account.issue(NAMES), AcmeAuthorizationException.class);
    assertThat(error.failures()).containsOnlyKeys(Identifier.dns("b.example.org"));
    Problem problem = error.failures().get(Identifier.dns("b.example.org"));
    assertThat(problem.is("dns")).isTrue();
    assertThat(problem.detail()).contains("no A record");
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/orders")).as("journal").isEmpty();
  }

  // certificates

  @Test
  void aCertificateForAnotherKeyIsNotTaken() {
    AcmeAccount account = account();
    String other = Objects.requireNonNull(world.await(account.issue(NAMES), LONG)).chainPem();
    wire.change = body -> body.startsWith("-----BEGIN CERT") ? other : body;

    AcmeProtocolException error = failure(account.issue(NAMES), AcmeProtocolException.class);
    assertThat(error.operation()).isEqualTo(AcmeOperation.CERTIFICATE);
    assertThat(error.came()).contains("key");
  }

  @Test
  void aCertificateForOtherNamesIsNotTaken() {
    AcmeAccount account = account();
    KeyPair key = world.newKey();
    String other =
        Objects.requireNonNull(
                world.await(
                    account.issue(
                        OrderRequest.of("a.example.org", "c.example.org")
                            .withCsr(CsrSource.key(key))),
                    LONG))
            .chainPem();
    wire.change = body -> body.startsWith("-----BEGIN CERT") ? other : body;

    AcmeProtocolException error =
        failure(account.issue(NAMES.withCsr(CsrSource.key(key))), AcmeProtocolException.class);
    assertThat(error.operation()).isEqualTo(AcmeOperation.CERTIFICATE);
    assertThat(error.came()).contains("c.example.org");
  }

  @TestFactory
  Stream<DynamicTest> aChainThatIsNoPemIsNotTaken() {
    return Stream.of("", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .map(
            chain ->
                DynamicTest.dynamicTest(
                    "\"" + chain.strip() + "\"", () -> new ErrorPathsTest().notTaken(chain)));
  }

  private void notTaken(String chain) {
    AcmeAccount account = account();
    wire.change = body -> body.startsWith("-----BEGIN CERT") ? chain : body;

    AcmeProtocolException error = failure(account.issue(NAMES), AcmeProtocolException.class);
    assertThat(error.operation()).isEqualTo(AcmeOperation.CERTIFICATE);
    assertThat(error.expected()).contains("PEM");
    wire.change = body -> body;
    assertThat(world.await(account.issue(NAMES), LONG)).as("resumed").isNotNull();
    assertThat(world.ca.truth().certificates()).hasSize(1);
  }

  // URLs from the server

  @TestFactory
  Stream<DynamicTest> noRequestGoesWhereItMustNot() {
    return Stream.of(
            "http://ca.test/acme/",
            "file:///etc/passwd?",
            "https://user:word@ca.test/acme/",
            "https://127.0.0.1/acme/",
            "https://localhost/acme/",
            "https://[::1]/acme/",
            "https://169.254.169.254/acme/",
            "https://10.1.2.3/acme/",
            "https://192.168.0.1/acme/",
            "https://[fd00::1]/acme/")
        .flatMap(
            evil ->
                Stream.of("new-nonce", "new-order", "order", "authz", "finalize", "chall", "cert")
                    .map(
                        where ->
                            DynamicTest.dynamicTest(
                                evil + " " + where,
                                () -> new ErrorPathsTest().isNotAsked(evil, where))));
  }

  private void isNotAsked(String evil, String where) {
    String good = "https://ca.test/acme/";
    wire.change = body -> body.replace(good + where, evil + where);
    wire.changeLocation = location -> location.replace(good + where, evil + where);
    AcmeProtocolException error =
        failure(
            client
                .account(AccountRequest.create().agreeToTerms())
                .flatMap(account -> account.issue(NAMES)),
            AcmeProtocolException.class);
    assertThat(error.came()).contains(evil.substring(0, 12));
    assertThat(wire.sent).isNotEmpty().noneMatch(url -> url.toString().startsWith(evil));
  }

  // challenges

  @TestFactory
  Stream<DynamicTest> noSolverSeesAnAbsurdToken() {
    return Stream.of(
            "../../../../../../etc/passwd", "a".repeat(10_000), "", "short", "a b".repeat(12))
        .map(
            token ->
                DynamicTest.dynamicTest(
                    token.length() + " characters",
                    () -> new ErrorPathsTest().isNotPresented(token)));
  }

  private void isNotPresented(String token) {
    AcmeAccount account = account();
    wire.change = body -> body.replaceAll("\"token\":\"[^\"]*\"", "\"token\":\"" + token + "\"");

    AcmeProtocolException error = failure(account.issue(NAMES), AcmeProtocolException.class);
    assertThat(error.expected()).contains("token");
    assertThat(world.proofs.presented).hasValue(0);
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isZero();
  }

  @Test
  void aNameThatNoSolverFitsIsTold() {
    AcmeAccount account = account();
    AcmeSolverException error =
        failure(account.issue(OrderRequest.of("*.example.org")), AcmeSolverException.class);
    assertThat(error).hasMessageContainingAll("example.org", "dns-01", "http-01");
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isZero();
  }

  @TestFactory
  Stream<DynamicTest> aSolverThatFailsIsTold() {
    return Stream.of("present", "present throws", "ready", "ready never ends")
        .map(step -> DynamicTest.dynamicTest(step, () -> new ErrorPathsTest().solverFails(step)));
  }

  private void solverFails(String step) {
    StandingProofs broken =
        new StandingProofs() {
          @Override
          public Mono<Void> present(SolverRequest request) {
            if (step.equals("present throws")) {
              throw new IllegalStateException("disk full");
            }
            return step.equals("present")
                ? super.present(request).then(Mono.error(new IllegalStateException("disk full")))
                : super.present(request);
          }

          @Override
          public Mono<Void> ready(SolverRequest request) {
            return step.equals("ready never ends")
                ? Mono.never()
                : step.equals("ready")
                    ? Mono.error(new IllegalStateException("disk full"))
                    : Mono.empty();
          }
        };
    AcmeAccount account = account().with(broken);
    AcmeException error = failure(account.issue(NAMES), AcmeException.class);
    if (step.equals("ready never ends")) {
      assertThat(error).isInstanceOf(AcmeTimeoutException.class);
    } else {
      assertThat(error).isInstanceOf(AcmeSolverException.class).hasMessageContaining("disk full");
      assertThat(error).hasRootCauseMessage("disk full");
    }
    assertThat(broken.isClean()).isTrue();
    assertThat(broken.cleanedUp).hasPositiveValue();
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isZero();
    world.close(client);
  }

  @TestFactory
  Stream<DynamicTest> aCleanUpThatFailsCostsNoCertificate() {
    return Stream.of(Mono.<Void>error(new IllegalStateException("disk full")), Mono.<Void>never())
        .map(
            cleanUp ->
                DynamicTest.dynamicTest(
                    cleanUp.toString(),
                    () -> {
                      VirtualWorld world = new VirtualWorld(4, ca -> ca.fronts(1));
                      StandingProofs broken =
                          new StandingProofs() {
                            @Override
                            public Mono<Void> present(SolverRequest request) {
                              return world.proofs.present(request);
                            }

                            @Override
                            public Mono<Void> cleanUp(SolverRequest request) {
                              return world.proofs.cleanUp(request).then(cleanUp);
                            }
                          };
                      AcmeClient client = world.client().build();
                      Mono<Certificate> certificate =
                          client
                              .account(AccountRequest.create().agreeToTerms())
                              .flatMap(account -> account.with(broken).issue(NAMES));
                      assertThat(world.await(certificate, Duration.ofSeconds(70))).isNotNull();
                      assertThat(world.proofs.isClean()).isTrue();
                      world.close(client);
                    }));
  }

  // what a person must do

  @Test
  void changedTermsAreToldUntilSomebodyAgrees() {
    AcmeAccount account = oldAccount();
    URI terms = URI.create("https://ca.test/terms/v2");
    world.ca.changeTerms(terms);

    AcmeUserActionException error = failure(account.issue(NAMES), AcmeUserActionException.class);
    assertThat(error.termsOfService()).contains(terms);
    assertThat(error.instance()).contains(terms);
    assertThat(error.advice()).contains("agree to " + terms);
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(1);

    world.await(account.update(AccountUpdate.agreement()), LONG);
    assertThat(world.await(account.issue(NAMES), LONG)).isNotNull();
  }

  @Test
  void contactsThatAServerKeepsToItselfOutliveAnAgreement() {
    AcmeAccount account = oldAccount();
    world.await(account.update(AccountUpdate.contact("a@example.org")), LONG);
    assertThat(world.await(account.details(), LONG).contacts()).isEmpty();

    world.await(account.update(AccountUpdate.agreement()), LONG);

    assertThat(world.ca.truth().account(account.url()).orElseThrow().contacts())
        .containsExactly("mailto:a@example.org");
  }

  // limits

  @Test
  void aPausedIdentifierIsToldAtOnce() {
    AcmeAccount account = oldAccount();
    URI unpause = URI.create("https://ca.test/unpause?jwt=a.b-c");
    world.ca.faults().on(Endpoint.NEW_ORDER).always().then(Fault.paused(unpause));
    long before = world.millis();

    AcmePausedException error = failure(account.issue(NAMES), AcmePausedException.class);
    assertThat(error.link()).contains(unpause);
    assertThat(error.advice()).contains("a person must open " + unpause);
    assertThat(error.retryAfter()).isEmpty();
    assertThat(error.status()).isEqualTo(429);
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(1);
    assertThat(world.millis() - before).isLessThan(100);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"too many requests", "too many requests: see https://ca.test/docs/limits/#names"})
  void aLimitWithoutATimeIsNoPause(String detail) {
    AcmeAccount account = oldAccount();
    Fault limited = Fault.rateLimited(Duration.ZERO, detail);
    world.ca.faults().on(Endpoint.NEW_ORDER).then(limited);

    AcmeRateLimitException error = failure(account.issue(NAMES), AcmeRateLimitException.class);

    assertThat(error).isNotInstanceOf(AcmePausedException.class);
    assertThat(error.retryAfter()).isEmpty();
    assertThat(error.advice()).contains("try again later");
  }

  @TestFactory
  Stream<DynamicTest> aLimitBeyondTheBudgetIsToldAtOnce() {
    return Stream.of(Duration.ofSeconds(61), Duration.ofDays(3653))
        .flatMap(
            wait ->
                Stream.of(true, false)
                    .map(
                        date ->
                            DynamicTest.dynamicTest(
                                wait + (date ? " as a date" : ""),
                                () -> new ErrorPathsTest().isToldAtOnce(wait, date))));
  }

  private void isToldAtOnce(Duration wait, boolean date) {
    AcmeAccount account = oldAccount();
    Fault fault = Fault.rateLimited(wait);
    world.ca.faults().on(Endpoint.NEW_ORDER).then(date ? fault.asHttpDate() : fault);
    long before = world.millis();

    AcmeRateLimitException error = failure(account.issue(NAMES), AcmeRateLimitException.class);
    Duration longest = Duration.ofDays(366);
    Duration expected = wait.compareTo(longest) > 0 ? longest : wait;
    assertThat(error).isNotInstanceOf(AcmePausedException.class);
    assertThat(error.documentation()).contains(URI.create("https://ca.test/docs/limits"));
    assertThat(error.advice()).contains("again in").contains("https://ca.test/docs/limits");
    assertThat(error.retryAfter().orElseThrow())
        .isBetween(expected.minusSeconds(1), expected.plusSeconds(1));
    assertThat(world.millis() - before).isLessThan(100);
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(1);
  }

  // answers that never are ACME

  @Test
  void htmlForGoodIsTold() {
    AcmeAccount account = oldAccount();
    world.ca.faults().on(Endpoint.ACCOUNT).always().then(Fault.html());

    AcmeProtocolException error = failure(account.details(), AcmeProtocolException.class);
    assertThat(error.attempts()).isEqualTo(5);
    assertThat(error.operation()).isEqualTo(AcmeOperation.ACCOUNT);
  }

  @Test
  void aBodyCutShortForGoodIsTold() {
    AcmeAccount account = oldAccount();
    world.ca.faults().on(Endpoint.ACCOUNT).always().then(Fault.cutShort());

    AcmeTransportException error = failure(account.details(), AcmeTransportException.class);
    assertThat(error.attempts()).isEqualTo(5);
    assertThat(error.outcomeUnknown()).isTrue();
  }

  @Test
  void aServerWithoutNoncesIsTold() {
    world.ca.faults().on(Endpoint.NEW_NONCE).always().then(Fault.withoutNonce());

    AcmeProtocolException error =
        failure(client.account(AccountRequest.create()), AcmeProtocolException.class);
    assertThat(error.operation()).isEqualTo(AcmeOperation.NEW_NONCE);
    assertThat(error.expected()).contains("nonce");
  }

  @Test
  void aNonceRefusedForEverIsTold() {
    AcmeAccount account = oldAccount();
    world.ca.faults().on(Endpoint.ACCOUNT).always().then(Fault.badNonce());

    AcmeProblemException error = failure(account.details(), AcmeProblemException.class);
    assertThat(error.problem().is("badNonce")).isTrue();
    assertThat(error.attempts()).isBetween(5, 20);
  }

  @Test
  void aDeadlineIsToldWithTheLastFailure() {
    AcmeClient hasty =
        world
            .client()
            .limits(RetryLimits.defaults().withOperationTime(Duration.ofSeconds(2)))
            .build();
    AcmeAccount account =
        Objects.requireNonNull(
            world.await(hasty.account(AccountRequest.create().agreeToTerms()), LONG));
    world.pass(Duration.ofMinutes(1));
    world.ca.faults().on(Endpoint.ACCOUNT).then(Fault.unavailable(Duration.ZERO));
    world.ca.faults().on(Endpoint.ACCOUNT).nth(2).then(Fault.delay(Duration.ofMinutes(5)));
    long before = world.millis();

    AcmeTimeoutException error = failure(account.details(), AcmeTimeoutException.class);
    assertThat(error.limit()).isEqualTo(Duration.ofSeconds(2));
    assertThat(error.attempts()).isEqualTo(2);
    assertThat(error).hasCauseInstanceOf(AcmeProblemException.class);
    assertThat(world.millis() - before).isBetween(2000L, 2010L);
  }
}
