package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class JcaCryptoTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final JcaCrypto CRYPTO = JcaCrypto.create();
  private static final byte[] INPUT = "eyJhbGciOiJFUzI1NiJ9.e30".getBytes(StandardCharsets.UTF_8);

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(LONG);
  }

  /** On a thread where BlockHound does not allow to block; the first use is not warm for RSA. */
  @ParameterizedTest
  @EnumSource(KeyType.class)
  void makesAKeyAndSignsFromAThreadThatMayNotBlock(KeyType type) throws Exception {
    Signed signed =
        CRYPTO
            .generate(type)
            .publishOn(Schedulers.parallel())
            .flatMap(
                pair -> {
                  Signer signer = CRYPTO.signer(pair);
                  return signer.sign(INPUT).map(made -> new Signed(pair, signer, made));
                })
            .subscribeOn(Schedulers.parallel())
            .block(LONG);

    assertThat(Keys.type(signed.pair.getPublic())).isEqualTo(type);
    assertThat(signed.signer.publicJwk().isPrivate()).isFalse();
    assertThat(verifiedByTheJdk(signed)).isTrue();
  }

  /** An imported key, whose curve Bouncy Castle would test by reading random bytes. */
  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void signsWithAKeyOfTheJdkFromAThreadThatMayNotBlock(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    KeyPair pair = generator.generateKeyPair();

    Signed signed =
        Mono.fromCallable(() -> CRYPTO.signer(pair))
            .flatMap(signer -> signer.sign(INPUT).map(made -> new Signed(pair, signer, made)))
            .subscribeOn(Schedulers.parallel())
            .block(LONG);

    assertThat(verifiedByTheJdk(signed)).isTrue();
  }

  private record Signed(KeyPair pair, Signer signer, byte[] signature) {}

  /** Nimbus with the JDK's provider, not the one that signed. */
  private static boolean verifiedByTheJdk(Signed signed) throws Exception {
    JWSVerifier verifier =
        signed.signer.publicJwk() instanceof ECKey ec
            ? new ECDSAVerifier(ec.toPublicJWK())
            : new RSASSAVerifier(((RSAKey) signed.signer.publicJwk()).toPublicJWK());
    return verifier.verify(
        new JWSHeader(signed.signer.algorithm()), INPUT, Base64URL.encode(signed.signature));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
  void anRsaKeySignsByTheAlgorithmThatTheServerAsksFor(String name) throws Exception {
    Signer signer =
        CRYPTO.signer(RfcKeys.rsa()).withAlgorithm(JWSAlgorithm.parse(name)).orElseThrow();

    byte[] made = signer.sign(INPUT).block(LONG);

    assertThat(signer.algorithm().getName()).isEqualTo(name);
    assertThat(verifiedByTheJdk(new Signed(RfcKeys.rsa(), signer, made))).isTrue();
  }

  @Test
  void aKeyHasOnlyTheAlgorithmsOfItsKind() {
    Signer ec = CRYPTO.signer(RfcKeys.p256());

    assertThat(ec.withAlgorithm(JWSAlgorithm.ES256)).containsSame(ec);
    assertThat(ec.withAlgorithm(JWSAlgorithm.ES384)).isEmpty();
    assertThat(ec.withAlgorithm(JWSAlgorithm.RS256)).isEmpty();
    assertThat(CRYPTO.signer(RfcKeys.rsa()).withAlgorithm(JWSAlgorithm.ES256)).isEmpty();
    assertThat(CRYPTO.signer(RfcKeys.rsa()).withAlgorithm(JWSAlgorithm.HS256)).isEmpty();
  }

  @Test
  void signsTheRfcsRs256Example() {
    String input =
        "eyJhbGciOiJSUzI1NiJ9"
            + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    byte[] made =
        CRYPTO.signer(RfcKeys.rsa()).sign(input.getBytes(StandardCharsets.UTF_8)).block(LONG);

    assertThat(Base64URL.encode(made))
        .hasToString(
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
                + "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
                + "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
                + "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
                + "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
                + "p0igcN_IoypGlUPQGe77Rw");
  }

  @Test
  void eachSubscriptionSignsAgain() {
    Mono<byte[]> signature = CRYPTO.signer(RfcKeys.p256()).sign(INPUT);

    assertThat(signature.block(LONG)).isNotEqualTo(signature.block(LONG));
  }

  @Test
  void refusesAKeyThatAcmeHasNoAlgorithmFor() throws Exception {
    KeyPair ed25519 = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();

    assertThatThrownBy(() -> CRYPTO.signer(ed25519))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining("EC and RSA");
  }

  @Test
  void cancelledBeforeItStartsDoesNothing() {
    Scheduler worker = Schedulers.fromExecutorService(Executors.newSingleThreadExecutor());
    JcaCrypto crypto = JcaCrypto.create(Providers.portable(), JcaCrypto.drbg(), worker);
    CountDownLatch gate = new CountDownLatch(1);
    AtomicBoolean ran = new AtomicBoolean();
    worker.schedule(() -> awaitQuietly(gate));

    crypto.heavy(() -> ran.getAndSet(true)).subscribe().dispose();
    gate.countDown();
    worker.disposeGracefully().block(LONG);

    assertThat(ran).isFalse();
  }

  private static void awaitQuietly(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void runsHeavyWorkOnItsOwnThreads() {
    String thread = CRYPTO.heavy(() -> Thread.currentThread().getName()).block(LONG);

    assertThat(thread).startsWith("certflux-crypto-");
  }

  @Test
  void heavyWorkKeepsNoMoreThanFourThreads() {
    List<String> threads =
        Flux.range(0, 1_000)
            .flatMap(i -> CRYPTO.heavy(() -> Thread.currentThread().getName()), 1_000)
            .distinct()
            .collectList()
            .block(LONG);

    assertThat(threads).hasSizeBetween(1, Math.min(4, Runtime.getRuntime().availableProcessors()));
  }

  /** A queue with a lock makes them wait for each other now and then. */
  @Test
  void heavyWorkIsHandedOverByManyThreadsThatMayNotBlock() {
    Scheduler many = Schedulers.newParallel("many", 8);
    try {
      Long done =
          Flux.range(0, 30_000)
              .parallel(8)
              .runOn(many)
              .flatMap(i -> CRYPTO.heavy(() -> i))
              .sequential()
              .count()
              .block(LONG);

      assertThat(done).isEqualTo(30_000);
    } finally {
      many.dispose();
    }
  }

  @Test
  void anErrorOfHeavyWorkIsSignalled() {
    Mono<String> work =
        CRYPTO.heavy(
            () -> {
              throw new KeyFormatException("no");
            });

    assertThatThrownBy(() -> work.block(LONG)).isInstanceOf(KeyFormatException.class);
  }

  @Test
  void workAfterClosingFailsAndDoesNotHang() {
    JcaCrypto crypto = JcaCrypto.create();
    crypto.disposeLater().block(LONG);
    crypto.disposeLater().block(LONG);

    assertThatThrownBy(() -> crypto.generate(KeyType.EC_P256).block(LONG))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void aProgramCanEndOnceItIsClosed() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    JcaCrypto crypto = JcaCrypto.create();
    crypto.generate(KeyType.EC_P256).block(LONG);
    crypto.disposeLater().block(LONG);

    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> !before.contains(thread))
        .allMatch(Thread::isDaemon);
  }

  @Test
  void registersNoProviderWithTheJvm() {
    JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate());

    assertThat(Arrays.stream(Security.getProviders()).map(Provider::getName))
        .doesNotContain("BC", "AmazonCorrettoCryptoProvider");
  }

  @Test
  void withoutCorrettoTakesBouncyCastleForCurves() {
    assertThat(Providers.corretto("com.amazon.corretto.crypto.provider.Absent")).isNull();
    assertThat(Providers.portable().ec().getName()).isEqualTo("BC");
  }

  /** As Corretto's class does when its native library is for another platform. */
  public static final class Unhealthy {
    public static final Provider INSTANCE = Security.getProviders()[0];

    public void assertHealthy() {
      if (INSTANCE != null) {
        throw new IllegalStateException("no native library");
      }
    }
  }

  @Test
  void ignoresAProviderThatDoesNotWorkHere() {
    List<String> broken = List.of(Unhealthy.class.getName(), String.class.getName());

    assertThat(broken).allSatisfy(name -> assertThat(Providers.corretto(name)).isNull());
  }
}
