package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.NettyTransport;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.Observers;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.TransportSettings;
import io.github.certflux.internal.Urls;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

/**
 * Begins an {@link AcmeClient}. Not thread-safe; {@link #build} reads class files and warms up
 * cryptography, so it is not for an event loop. Store and solvers stay the caller's to close.
 */
public final class AcmeClientBuilder {
  private static final int IN_FLIGHT = 256;
  private static final Duration LEASE_TERM = Duration.ofSeconds(30);
  private static final Duration LEAST_LEASE_TERM = Duration.ofSeconds(3);
  static final Duration MOST_LEASE_TERM = Duration.ofMinutes(10);

  private final URI directory;
  private final List<ChallengeSolver> solvers = new ArrayList<>();
  private TransportSettings http = TransportSettings.defaults();
  private boolean loopbackHttp;
  private RetryLimits limits = RetryLimits.defaults();
  private AcmeObserver observer = AcmeObserver.NONE;
  private int inFlight = IN_FLIGHT;
  private Duration leaseTerm = LEASE_TERM;
  private Function<String, Mono<AccountSigner>> signers = reference -> Mono.empty();
  private @Nullable LookFirst lookFirst;
  private @Nullable AcmeStore store;
  private @Nullable Scheduler timer;
  private @Nullable RandomGenerator random;
  private @Nullable Crypto crypto;
  private @Nullable AcmeTransport transport;

  AcmeClientBuilder(URI directory) {
    this.directory = directory;
  }

  /**
   * Where accounts, keys and journals are kept; in memory unless given, and then gone with the
   * process.
   *
   * @param accounts the store; stays the caller's to close
   * @return this
   */
  public AcmeClientBuilder store(AcmeStore accounts) {
    store = accounts;
    return this;
  }

  /**
   * Adds a solver. The first that fits a challenge is taken, and the next one where it can't set
   * the proof up. Where the server could not validate a proof, the order has failed; the next one
   * for this name begins with another type of challenge, if there is one. What earlier clients on
   * this store have left with a solver of this name is taken away when the client first uses an
   * account.
   *
   * @param solver the solver; stays the caller's to close
   * @return this
   */
  public AcmeClientBuilder solver(ChallengeSolver solver) {
    solvers.add(solver);
    return this;
  }

  /**
   * Whether proofs are looked at before the server is told to.
   *
   * @param setting {@link LookFirst#advisory} unless given; {@link LookFirst#off} where the
   *     directory is at a loopback or private address
   * @return this
   */
  public AcmeClientBuilder lookFirst(LookFirst setting) {
    lookFirst = setting;
    return this;
  }

  /**
   * Finds the signers of account keys that are elsewhere. A signer that is given to this client is
   * looked up too, before anything is stored that only this can find.
   *
   * @param byReference given {@link AccountSigner#reference} as it was stored: the signer, or empty
   *     where there is none; within {@link RetryLimits#signerTime}. Subscribed to once for each key
   *     of an account when the client first uses it, and for keys that another process rolled over
   *     to; must not block. Instead of one given before
   * @return this
   */
  public AcmeClientBuilder signers(Function<String, Mono<AccountSigner>> byReference) {
    signers = byReference;
    return this;
  }

  /**
   * Trusts these root certificates for the server's TLS, and no others.
   *
   * @param pem one or more certificates, and any text between them; 4 MiB at most
   * @return this
   * @throws IllegalArgumentException if it holds no certificate, or another PEM block
   */
  public AcmeClientBuilder trust(byte[] pem) {
    http = http.trust(pem);
    return this;
  }

  /**
   * Connects through an HTTP proxy (CONNECT).
   *
   * @param host its name or address; looked up once, by {@link #build}
   * @param port 1 to 65535
   * @return this
   * @throws IllegalArgumentException if that is no address of a proxy
   */
  public AcmeClientBuilder proxy(String host, int port) {
    http = http.proxy(host, port);
    return this;
  }

  /**
   * Changes the HTTP client: a proxy with a password, another resolver, metrics. That nothing is
   * sent twice and no redirect is followed can't be changed.
   *
   * @param change applied once, after those given before
   * @return this
   */
  public AcmeClientBuilder httpClient(UnaryOperator<HttpClient> change) {
    http = http.customize(change);
    return this;
  }

  /**
   * Allows {@code http} to loopback addresses, for test servers without TLS.
   *
   * @return this
   */
  public AcmeClientBuilder allowLoopbackHttp() {
    http = http.allowLoopbackHttp();
    loopbackHttp = true;
    return this;
  }

  /**
   * How far operations go before they fail.
   *
   * @param retryLimits the limits
   * @return this
   */
  public AcmeClientBuilder limits(RetryLimits retryLimits) {
    limits = retryLimits;
    return this;
  }

  /**
   * Is told of each operation, try, refusal and rollover window.
   *
   * @param listener called on event loops; instead of one given before
   * @return this
   */
  public AcmeClientBuilder observer(AcmeObserver listener) {
    observer = listener;
    return this;
  }

  /**
   * How many requests are on the wire at a time, at most; 256 unless given. Fewer are while the
   * server says "not now" (503, or a 429 that is waited for).
   *
   * @param requests 1 or more; the others wait before they take a nonce, as long as it takes: no
   *     {@link RetryLimits#operationTime} runs meanwhile
   * @return this
   */
  public AcmeClientBuilder maxInFlight(int requests) {
    inFlight = requests;
    return this;
  }

  /**
   * How long what this client holds in the store stays held after the client is gone: the account
   * while its key is rolled over, and the orders and proofs that it works on. Others take it up
   * then. Each lease is renewed three times in its term, so a process that hangs for longer, or
   * does not reach its store, loses it: with a term of a few seconds, also one that stops for a
   * garbage collection, or has too little of a processor. So shorten it only for certificates that
   * live for minutes. On files the end of a process is seen at once, whatever the term.
   *
   * @param term 3 seconds to 10 minutes; 30 seconds unless given. Clients that share a store should
   *     have the same
   * @return this
   * @throws IllegalArgumentException if it is out of this range
   */
  public AcmeClientBuilder leaseTerm(Duration term) {
    if (term.compareTo(LEAST_LEASE_TERM) < 0 || term.compareTo(MOST_LEASE_TERM) > 0) {
      throw new IllegalArgumentException("a lease's term is 3 seconds to 10 minutes, not " + term);
    }
    leaseTerm = term;
    return this;
  }

  /**
   * Clock and timer: every delay runs on it, and its clock is the only one that is read. The
   * parallel scheduler unless given.
   *
   * @param scheduler the timer; stays the caller's to close
   * @return this
   */
  public AcmeClientBuilder timer(Scheduler scheduler) {
    timer = scheduler;
    return this;
  }

  /**
   * Where jitter and draws come from; keys do not. Must be safe for use by many threads.
   *
   * @param generator the source
   * @return this
   */
  public AcmeClientBuilder random(RandomGenerator generator) {
    random = generator;
    return this;
  }

  /**
   * Makes keys and signatures: a seam for simulations, whose type may change.
   *
   * @param seam closed with the client
   * @return this
   */
  public AcmeClientBuilder crypto(Crypto seam) {
    crypto = seam;
    return this;
  }

  /**
   * Sends requests in place of the network: a seam for tests, whose type may change.
   *
   * @param seam closed with the client
   * @return this
   */
  public AcmeClientBuilder transport(AcmeTransport seam) {
    transport = seam;
    return this;
  }

  /**
   * Makes the client. Nothing is sent or opened yet.
   *
   * @return the client
   * @throws IllegalArgumentException if the directory's URL is not one to send requests to, or a
   *     setting is out of its range
   * @throws IllegalStateException if the proxy's name is not known, or TLS can't be set up
   */
  public AcmeClient build() {
    Urls urls = Urls.of(directory, loopbackHttp);
    try {
      urls.check(directory.toString(), "the directory's URL");
    } catch (NotAcme e) {
      throw new IllegalArgumentException("expected " + e.expected() + ", but got " + e.came(), e);
    }
    SecureRandom seeded = JcaCrypto.drbg();
    return new DefaultAcmeClient(
        directory,
        urls,
        transport == null ? NettyTransport.create(http) : transport,
        crypto == null ? JcaCrypto.create(seeded) : crypto,
        store == null ? MemoryStore.create() : store,
        solvers,
        lookFirst == null
            ? urls.directoryIsLocal() || transport != null ? LookFirst.off() : LookFirst.advisory()
            : lookFirst,
        signers,
        limits,
        new Timing(timer == null ? Schedulers.parallel() : timer, random == null ? seeded : random),
        new Observers(observer),
        inFlight,
        leaseTerm);
  }
}
