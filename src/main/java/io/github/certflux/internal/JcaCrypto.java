package io.github.certflux.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import io.github.certflux.protocol.KeyType;
import java.security.DrbgParameters;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Keys and signatures by the fastest provider present. What takes long runs on a few daemon threads
 * of its own, {@code certflux-crypto}, which end when there is nothing to do; how much waits there
 * is bounded by those who ask.
 */
public final class JcaCrypto implements Crypto {
  private static final Logger log = LoggerFactory.getLogger(JcaCrypto.class);
  private static final int MAX_THREADS = 4;
  private static final int IDLE_SECONDS = 60;

  private final Providers providers;
  private final SecureRandom random;
  private final Scheduler worker;
  private final @Nullable ExecutorService own;

  private JcaCrypto(
      Providers providers, SecureRandom random, Scheduler worker, @Nullable ExecutorService own) {
    this.providers = providers;
    this.random = random;
    this.worker = worker;
    this.own = own;
  }

  /**
   * The fastest provider, a DRBG that is seeded now, and threads of its own. Takes some tenths of a
   * second the first time, since it loads the classes and signs once, so that nothing is loaded or
   * read on an event loop later: not to be called on one.
   */
  public static JcaCrypto create() {
    return create(drbg());
  }

  /** As {@link #create()}, with randomness that must not block. */
  public static JcaCrypto create(SecureRandom random) {
    ExecutorService own = newThreads();
    Scheduler worker = Schedulers.fromExecutorService(own, "certflux-crypto");
    return warm(new JcaCrypto(Providers.fastest(), random, worker, own));
  }

  /**
   * As {@link #create()}, with randomness that must not block.
   *
   * @param worker where heavy work runs; not disposed of with this
   */
  public static JcaCrypto create(SecureRandom random, Scheduler worker) {
    return create(Providers.fastest(), random, worker);
  }

  static JcaCrypto create(Providers providers, SecureRandom random, Scheduler worker) {
    return warm(new JcaCrypto(providers, random, worker, null));
  }

  /**
   * A generator that reads the operating system's entropy now and never again: the JVM's default
   * one reads {@code /dev/urandom} for each number, which blocks an event loop.
   */
  public static SecureRandom drbg() {
    try {
      SecureRandom random =
          SecureRandom.getInstance(
              "DRBG", DrbgParameters.instantiation(256, DrbgParameters.Capability.NONE, null));
      random.nextBytes(new byte[1]); // seeds it
      return random;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no DRBG", e);
    }
  }

  /** A pool that takes work without a lock, since event loops hand it over. */
  private static ExecutorService newThreads() {
    int threads = Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());
    AtomicInteger number = new AtomicInteger();
    return new ForkJoinPool(
        threads,
        starting -> {
          ForkJoinWorkerThread thread =
              ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(starting);
          thread.setName("certflux-crypto-" + number.incrementAndGet());
          return thread;
        },
        null,
        true,
        threads,
        threads,
        1,
        null,
        IDLE_SECONDS,
        TimeUnit.SECONDS);
  }

  /** Loads the classes that a signature needs, and proves that the provider's is one. */
  private static JcaCrypto warm(JcaCrypto crypto) {
    try {
      KeyPair pair = crypto.newKey(KeyType.EC_P256);
      JcaSigner signer = crypto.signer(pair);
      byte[] input = {1, 2, 3};
      if (!signer.verifies(pair.getPublic(), input, signer.signature(input))) {
        throw new IllegalStateException(
            crypto.providers.ec().getName() + " does not verify its own signature");
      }
      signer.publicJwk().computeThumbprint();
    } catch (GeneralSecurityException | JOSEException e) {
      throw new IllegalStateException(crypto.providers.ec().getName() + " cannot sign", e);
    }
    log.debug("crypto.provider ec={}", crypto.providers.ec().getName());
    return crypto;
  }

  @Override
  public Mono<KeyPair> generate(KeyType type) {
    return heavy(() -> newKey(type));
  }

  private KeyPair newKey(KeyType type) throws GeneralSecurityException {
    Curve curve = Keys.curve(type);
    if (curve != null) {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", providers.ec());
      generator.initialize(new ECGenParameterSpec(curve.getStdName()), random);
      return generator.generateKeyPair();
    }
    Provider provider = providers.rsa();
    KeyPairGenerator generator =
        provider == null
            ? KeyPairGenerator.getInstance("RSA")
            : KeyPairGenerator.getInstance("RSA", provider);
    generator.initialize(Keys.rsaBits(type), random);
    return generator.generateKeyPair();
  }

  @Override
  public JcaSigner signer(KeyPair key) {
    return JcaSigner.of(key, providers, random, worker);
  }

  @Override
  public <T> Mono<T> heavy(Callable<T> work) {
    return Mono.fromCallable(work).subscribeOn(worker);
  }

  /**
   * Lets the work under way end, without waiting for it; what is asked for later fails. (To dispose
   * of a scheduler gracefully would start a thread that keeps the JVM for ten seconds.)
   */
  @Override
  public Mono<Void> disposeLater() {
    ExecutorService threads = own;
    // a pool's end takes a lock, which no event loop may wait for
    return threads == null
        ? Mono.empty()
        : Mono.<Void>fromRunnable(threads::shutdown).subscribeOn(Schedulers.boundedElastic());
  }
}
