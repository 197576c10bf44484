package io.github.certflux.contract;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * What the contract suites need of a server. Where a server does something else than RFC 8555 would
 * have it, or than the others do, its test class says so by overriding a method here.
 */
interface ServerUnderTest {
  Duration PATIENCE = Duration.ofSeconds(60);

  /** Between two looks at something that a server will show some time. */
  Duration LOOK = Duration.ofMillis(100);

  AcmeServer server();

  /** Another program that uses the library: a client on this store, closed after the test. */
  Node open(AcmeStore store, RetryLimits limits);

  default Node open(AcmeStore store) {
    return open(store, RetryLimits.defaults());
  }

  /** A program that does not expect a server to be late. */
  default Node openImpatient(AcmeStore store) {
    return open(store, RetryLimits.defaults().withRolloverWindow(Duration.ZERO));
  }

  /** A program with a store of its own. */
  default Node open() {
    return open(MemoryStore.create());
  }

  // What servers differ in.

  /** The keys that the server takes for accounts. */
  default Set<KeyType> accountKeyTypes() {
    return Set.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.EC_P521, KeyType.RSA_2048);
  }

  /** The contacts that the server has; empty when nobody can see them. */
  default Optional<List<String>> contacts(Account shown) {
    return Optional.of(shown.contacts());
  }

  /** The problem that tells of an account without an agreement to the terms. */
  default String disagreement() {
    return "userActionRequired";
  }

  /** How long after a change a front end may still go by what was before. */
  default Duration lateness() {
    return Duration.ZERO;
  }

  /** Whether some of its replicas are late: what was done may have to be looked for again. */
  default boolean replicasLag() {
    return false;
  }

  /** The types of challenges for a DNS name. */
  default Set<String> challengeTypes() {
    return Set.of(Challenge.HTTP_01, Challenge.DNS_01, Challenge.TLS_ALPN_01);
  }

  /** Whether an order may say from when to when its certificate shall be valid. */
  default boolean takesValidityTimes() {
    return false;
  }

  /** Whether accounts have a list of their orders. */
  default boolean listsOrders() {
    return true;
  }

  /** Whether the server knows when a certificate has been replaced by another order. */
  default boolean knowsReplacements() {
    return true;
  }

  /** An address that the server issues for. */
  default String address() {
    return "127.0.0.1";
  }

  /** Whether the server says that a key belongs to another account when asked to change to it. */
  default boolean tellsOfTakenKeys() {
    return true;
  }

  /** Whether the server checks that an account has the certificate that it revokes. */
  default boolean checksWhoRevokes() {
    return true;
  }

  /** The reasons for a revocation that it does not take. */
  default Set<RevocationReason> refusedReasons() {
    return EnumSet.of(
        RevocationReason.CA_COMPROMISE,
        RevocationReason.AFFILIATION_CHANGED,
        RevocationReason.CERTIFICATE_HOLD,
        RevocationReason.REMOVE_FROM_CRL,
        RevocationReason.PRIVILEGE_WITHDRAWN,
        RevocationReason.AA_COMPROMISE);
  }

  /** Whether a certificate may demand a stapled answer (RFC 7633). */
  default boolean staples() {
    return false;
  }

  /** What the server calls malformed, with status 400, as it does a signature by another key. */
  default OrderRequest malformed() {
    return OrderRequest.of(name("times")).withNotAfter(Instant.parse("2031-01-01T00:00:00Z"));
  }

  /** The problem that tells of each identifier that is refused. */
  default String refusal() {
    return "rejectedIdentifier";
  }

  /** The least time from finalize to the next look at the order, as the server's Retry-After is. */
  Duration leastRetryAfter();

  /** A name that the server does not issue for. */
  String refusedName();

  /** Whether the certificate is revoked; empty when nobody can see it. */
  default Optional<Boolean> revoked(Certificate certificate) {
    return Optional.empty();
  }

  // What the suites share.

  /** A name that every server issues for. */
  static String name(String label) {
    return label + ".certflux-test.com";
  }

  static AccountRequest request() {
    return AccountRequest.contact("ops@certflux-test.com").agreeToTerms();
  }

  /** A new account. */
  static AcmeAccount account(Node node) {
    return await(node.client.account(request()));
  }

  static <T> T await(Mono<T> mono) {
    return mono.blockOptional(PATIENCE).orElseThrow();
  }

  static void complete(Mono<Void> mono) {
    mono.block(PATIENCE);
  }

  /** The error that it ends with. */
  static <E extends Throwable> E failure(Class<E> type, Mono<?> mono) {
    Throwable[] seen = new Throwable[1];
    StepVerifier.create(mono.then()).consumeErrorWith(error -> seen[0] = error).verify(PATIENCE);
    if (!type.isInstance(seen[0])) {
      throw new AssertionError("expected " + type.getSimpleName() + ", got", seen[0]);
    }
    return type.cast(seen[0]);
  }

  /** The problem that it ends with. */
  static AcmeProblemException problem(Mono<?> mono) {
    return failure(AcmeProblemException.class, mono);
  }

  static boolean unknownAccount(Throwable error) {
    return error instanceof AcmeProblemException p && p.problem().is("accountDoesNotExist");
  }

  /** The problem that an attempt ends with sooner or later: within the server's lateness. */
  default AcmeProblemException problemInTheEnd(Supplier<Mono<?>> attempt) {
    long end = System.nanoTime() + lateness().plusSeconds(20).toNanos();
    while (System.nanoTime() < end) {
      try {
        attempt.get().then(Mono.delay(LOOK)).block(PATIENCE);
      } catch (AcmeProblemException problem) {
        return problem;
      }
    }
    throw new AssertionError("no problem in the end");
  }

  /** Its value, as soon as there is one. */
  static <T> T valueInTheEnd(Mono<T> mono) {
    return await(mono.repeatWhenEmpty(empty -> empty.delayElements(LOOK)));
  }

  static KeyPair key(KeyType type) {
    try {
      KeyPairGenerator generator;
      switch (type) {
        case EC_P256, EC_P384, EC_P521 -> {
          generator = KeyPairGenerator.getInstance("EC");
          String curve = "secp" + type.name().substring(4) + "r1";
          generator.initialize(new ECGenParameterSpec(curve));
        }
        default -> {
          generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(Integer.parseInt(type.name().substring(4)));
        }
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
