package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Sets a test CA up. Not thread-safe; each start makes another CA. */
public final class TestCaBuilder {
  private String host = "127.0.0.1";
  private int port;
  private boolean http2 = true;
  private @Nullable Scheduler scheduler;
  private @Nullable RandomGenerator random;
  private int fronts = 3;
  private Balancing balancing = Balancing.ROUND_ROBIN;
  private int dataCentres = 1;
  private Duration cacheTtl = Duration.ofSeconds(5);
  private List<Duration> lags = List.of();
  private Duration validationDelay = Duration.ofMillis(20);
  private Duration issuanceDelay = Duration.ofMillis(20);
  private boolean asynchronousIssuance = true;
  private Duration retryAfter = Duration.ofSeconds(1);
  private boolean retryAfterAsDate;
  private boolean retryAfterOnPending;
  private double nonceRejection;
  private boolean authorizationReuse;
  private Validation validation = Validation.always();
  private KeyAuthorizationTime keyAuthorizationTime = KeyAuthorizationTime.AT_TRIGGER;
  private List<String> challengeTypes = List.of("http-01", "dns-01", "tls-alpn-01");
  private Duration certificateLifetime = Duration.ofDays(90);
  private Duration orderLifetime = Duration.ofDays(7);
  private int alternateChains;
  private List<Profile> profiles =
      List.of(
          new Profile("classic", "The same profile as ever", Duration.ofDays(90)),
          new Profile("shortlived", "Six days, no revocation", Duration.ofDays(6)));
  private @Nullable URI terms = URI.create("https://ca.test/terms/v1");
  private boolean showContacts;
  private boolean showProcessing;
  private List<String> algorithms = List.of("RS256", "ES256", "ES384", "ES512");
  private Predicate<Identifier> rejectedIdentifiers = identifier -> false;
  private SignatureCheck signatureCheck = SignatureCheck.real();
  private Duration latencyFrom = Duration.ZERO;
  private Duration latencyTo = Duration.ZERO;
  private int remembered = 100_000;
  private final Map<String, String> externalAccounts = new HashMap<>();
  private int ordersPerPage;
  private boolean preAuthorization;
  private @Nullable URI renewalExplanation;

  TestCaBuilder() {}

  /** Where to listen; 127.0.0.1 unless given. The TLS certificate is for this machine alone. */
  public TestCaBuilder host(String host) {
    this.host = host;
    return this;
  }

  /** The port to listen on; 0, the default, takes a free one. */
  public TestCaBuilder port(int port) {
    this.port = port;
    return this;
  }

  /** Whether HTTP/2 is offered beside HTTP/1.1, as it is unless given. */
  public TestCaBuilder http2(boolean offered) {
    this.http2 = offered;
    return this;
  }

  /**
   * The clock and timer of the whole CA, such as a VirtualTimeScheduler; a thread of its own unless
   * given. Not disposed by the CA.
   */
  public TestCaBuilder scheduler(Scheduler scheduler) {
    this.scheduler = scheduler;
    return this;
  }

  /**
   * The source of all randomness, keys too: the same seed gives the same CA. Used by one thread at
   * a time. A SecureRandom unless given.
   */
  public TestCaBuilder random(RandomGenerator random) {
    this.random = random;
    return this;
  }

  /** How many front ends are behind the one address, each with its own cache; 3 unless given. */
  public TestCaBuilder fronts(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("fronts must be positive: " + count);
    }
    this.fronts = count;
    return this;
  }

  /** How front ends and replicas are chosen; in turn unless given. */
  public TestCaBuilder balancing(Balancing balancing) {
    this.balancing = balancing;
    return this;
  }

  /**
   * Over how many data centres the front ends are spread, each with its own nonces; 1 unless given.
   */
  public TestCaBuilder dataCentres(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("dataCentres must be positive: " + count);
    }
    this.dataCentres = count;
    return this;
  }

  /** How long a front end goes on using an account that it read; 5 s unless given, 0 for never. */
  public TestCaBuilder cacheTtl(Duration ttl) {
    this.cacheTtl = ttl;
    return this;
  }

  /** The lags of the read replicas; one without lag unless given. */
  public TestCaBuilder lags(Duration... lags) {
    return lags(List.of(lags));
  }

  /** The lags of the read replicas; one without lag unless given. */
  public TestCaBuilder lags(List<Duration> lags) {
    this.lags = List.copyOf(lags);
    return this;
  }

  /** From the trigger of a challenge to its validation; 20 ms unless given. */
  public TestCaBuilder validationDelay(Duration delay) {
    this.validationDelay = delay;
    return this;
  }

  /** From finalize to the certificate, when that is asynchronous; 20 ms unless given. */
  public TestCaBuilder issuanceDelay(Duration delay) {
    this.issuanceDelay = delay;
    return this;
  }

  /** Whether finalize is answered {@code processing}, as it is unless given, or {@code valid}. */
  public TestCaBuilder asynchronousIssuance(boolean asynchronous) {
    this.asynchronousIssuance = asynchronous;
    return this;
  }

  /**
   * Retry-After of orders that are {@code processing}; 1 s unless given, rounded up to seconds, 0
   * for none.
   */
  public TestCaBuilder retryAfter(Duration wait) {
    this.retryAfter = wait;
    return this;
  }

  /** Whether Retry-After is an HTTP date rather than seconds; not unless given. */
  public TestCaBuilder retryAfterAsDate(boolean asDate) {
    this.retryAfterAsDate = asDate;
    return this;
  }

  /**
   * Whether pending orders, authorizations and challenges have Retry-After too; not unless given.
   */
  public TestCaBuilder retryAfterOnPending(boolean onPending) {
    this.retryAfterOnPending = onPending;
    return this;
  }

  /** The part of good nonces that is refused, from 0, the default, to 1; Pebble has 0.05. */
  public TestCaBuilder nonceRejection(double part) {
    this.nonceRejection = part;
    return this;
  }

  /** Whether a new order uses valid authorizations of the account; not unless given. */
  public TestCaBuilder authorizationReuse(boolean reuse) {
    this.authorizationReuse = reuse;
    return this;
  }

  /** How challenges are checked; always valid unless given. */
  public TestCaBuilder validation(Validation validation) {
    this.validation = validation;
    return this;
  }

  /** When the account key of a proof is looked up; at the trigger unless given. */
  public TestCaBuilder keyAuthorizationTime(KeyAuthorizationTime time) {
    this.keyAuthorizationTime = time;
    return this;
  }

  /**
   * The challenges offered; http-01, dns-01 and tls-alpn-01 unless given. Wildcards get those alone
   * whose name starts with {@code dns-}, addresses the others.
   */
  public TestCaBuilder challengeTypes(String... types) {
    this.challengeTypes = List.of(types);
    return this;
  }

  /**
   * How long certificates are valid; 90 days unless given. A profile's own lifetime comes first.
   */
  public TestCaBuilder certificateLifetime(Duration lifetime) {
    this.certificateLifetime = lifetime;
    return this;
  }

  /** How long orders and pending authorizations live; 7 days unless given. */
  public TestCaBuilder orderLifetime(Duration lifetime) {
    this.orderLifetime = lifetime;
    return this;
  }

  /** How many alternate chains are offered, each to a root of its own; none unless given. */
  public TestCaBuilder alternateChains(int count) {
    this.alternateChains = count;
    return this;
  }

  /** The profiles offered; {@code classic} and {@code shortlived} unless given. */
  public TestCaBuilder profiles(Profile... profiles) {
    this.profiles = List.of(profiles);
    return this;
  }

  /** The terms of service at the start. */
  public TestCaBuilder terms(URI terms) {
    this.terms = terms;
    return this;
  }

  /** A CA without terms of service. */
  public TestCaBuilder withoutTerms() {
    this.terms = null;
    return this;
  }

  /** Whether accounts show contacts and the agreement; not unless given, as Boulder does not. */
  public TestCaBuilder showContacts(boolean show) {
    this.showContacts = show;
    return this;
  }

  /** Whether a triggered challenge shows {@code processing}; not unless given. */
  public TestCaBuilder showProcessing(boolean show) {
    this.showProcessing = show;
    return this;
  }

  /** The signature algorithms taken; RS256, ES256, ES384 and ES512 unless given, and no others. */
  public TestCaBuilder algorithms(String... algorithms) {
    this.algorithms = List.of(algorithms);
    return this;
  }

  /** The identifiers that are refused by policy; none unless given. */
  public TestCaBuilder rejectIdentifiers(Predicate<Identifier> rejected) {
    this.rejectedIdentifiers = rejected;
    return this;
  }

  /** How signatures are checked; for real unless given. */
  public TestCaBuilder signatureCheck(SignatureCheck check) {
    this.signatureCheck = check;
    return this;
  }

  /** How long a request takes in memory, and its answer the same again; nothing unless given. */
  public TestCaBuilder latency(Duration latency) {
    return latency(latency, latency);
  }

  /** How long a request takes in memory, and its answer: drawn for each between the two. */
  public TestCaBuilder latency(Duration from, Duration to) {
    this.latencyFrom = from;
    this.latencyTo = to;
    return this;
  }

  /** How many of the last requests are kept for {@link TestCa#requests}; 100,000 unless given. */
  public TestCaBuilder rememberRequests(int count) {
    this.remembered = count;
    return this;
  }

  /**
   * Makes accounts for its customers alone: newAccount needs a binding to one of these (RFC 8555
   * §7.3.4), each of which can be used once. No binding is needed unless one is given.
   *
   * @param kid the key identifier
   * @param macKey the MAC key in base64url
   */
  public TestCaBuilder externalAccount(String kid, String macKey) {
    externalAccounts.put(kid, macKey);
    return this;
  }

  /** How many orders a page of an account's list has; 0, the default, for no lists, as Boulder. */
  public TestCaBuilder ordersPerPage(int count) {
    ordersPerPage = count;
    return this;
  }

  /**
   * Whether names can be authorized before they are ordered (RFC 8555 §7.4.1); not unless given, as
   * Boulder. Orders use them with {@link #authorizationReuse} alone.
   */
  public TestCaBuilder preAuthorization(boolean offered) {
    preAuthorization = offered;
    return this;
  }

  /** What explains renewal windows, for people (RFC 9773 §4.2); nothing unless given. */
  public TestCaBuilder renewalExplanation(URI page) {
    renewalExplanation = page;
    return this;
  }

  /** Starts a CA that listens, for each subscription. Signals an error when it cannot. */
  public Mono<TestCa> start() {
    return Mono.defer(
        () -> {
          Scheduler owned = scheduler == null ? ownScheduler() : null;
          return TestCa.listening(core(owned), owned, new HttpBinding.Address(host, port, http2))
              .doOnError(
                  error -> {
                    if (owned != null) {
                      owned.dispose();
                    }
                  });
        });
  }

  /** As {@link #start}, and waits for it. Blocks. */
  public TestCa startNow() {
    TestCa ca = start().block(Duration.ofMinutes(2));
    if (ca == null) {
      throw new IllegalStateException("the test CA did not start");
    }
    return ca;
  }

  /** A CA without sockets, to be reached by {@link TestCa#transport}. */
  public TestCa inMemory() {
    Scheduler owned = scheduler == null ? ownScheduler() : null;
    return TestCa.inMemory(core(owned), owned);
  }

  private static Scheduler ownScheduler() {
    return Schedulers.newSingle("test-ca", true);
  }

  private Core core(@Nullable Scheduler owned) {
    Scheduler timer = owned != null ? owned : scheduler;
    if (timer == null) {
      throw new IllegalStateException("no scheduler");
    }
    return new Core(settings(), new CaClock(timer), new Chance(random()));
  }

  /** Seeded before any event loop draws from it: seeding reads a device, which blocks. */
  private RandomGenerator random() {
    if (random != null) {
      return random;
    }
    try {
      SecureRandom drbg = SecureRandom.getInstance("DRBG");
      drbg.nextBytes(new byte[1]);
      return drbg;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private Settings settings() {
    return new Settings(
        fronts,
        balancing,
        dataCentres,
        cacheTtl,
        lags,
        validationDelay,
        issuanceDelay,
        asynchronousIssuance,
        retryAfter,
        retryAfterAsDate,
        retryAfterOnPending,
        nonceRejection,
        authorizationReuse,
        validation,
        keyAuthorizationTime,
        challengeTypes,
        certificateLifetime,
        orderLifetime,
        alternateChains,
        profiles,
        terms,
        showContacts,
        showProcessing,
        algorithms,
        rejectedIdentifiers,
        signatureCheck,
        latencyFrom,
        latencyTo,
        remembered,
        Map.copyOf(externalAccounts),
        ordersPerPage,
        preAuthorization,
        renewalExplanation);
  }
}
