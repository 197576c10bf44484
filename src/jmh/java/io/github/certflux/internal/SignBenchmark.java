package io.github.certflux.internal;

import io.github.certflux.protocol.KeyType;
import java.net.URI;
import java.security.KeyPair;
import java.security.Provider;
import java.security.Security;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.scheduler.Schedulers;

/** What an order has signed and made: a POST-as-GET, eight or so times, and a key. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SignBenchmark {
  private static final String ACCOUNT = "https://ca.test/acme/acct/1234567890";
  private static final URI ORDER = URI.create("https://ca.test/acme/order/1234567890/987654321");
  private static final String NONCE = "oFvnlFP1wIhRlYS2jTaXbA4q0oFvnlFP1wIhRlYS2jTaXbA4q0";

  /** Whose signatures; {@code fastest} is the choice of the library. */
  public enum By {
    FASTEST,
    BOUNCY_CASTLE,
    JDK
  }

  /** The key's kind. */
  @Param({"EC_P256", "EC_P384", "RSA_2048"})
  public KeyType keyType = KeyType.EC_P256;

  /** Who signs. */
  @Param({"FASTEST", "JDK"})
  public By by = By.FASTEST;

  private @Nullable JcaCrypto crypto;
  private @Nullable AccountKey key;

  /** Makes the key. */
  @Setup
  public void generate() {
    crypto = JcaCrypto.create(providers(), JcaCrypto.drbg(), Schedulers.immediate());
    key = AccountKey.of(newKey(), crypto);
  }

  private Providers providers() {
    Provider jdk = Objects.requireNonNull(Security.getProvider("SunEC"));
    return switch (by) {
      case FASTEST -> Providers.fastest();
      case BOUNCY_CASTLE -> Providers.portable();
      case JDK -> new Providers(jdk, null, false);
    };
  }

  /** One request. */
  @Benchmark
  public byte @Nullable [] sign() {
    return Jws.sign(Objects.requireNonNull(key), ACCOUNT, NONCE, ORDER, Jws.POST_AS_GET).block();
  }

  /** One key; RSA takes a tenth of a second and more. */
  @Benchmark
  public KeyPair newKey() {
    return Objects.requireNonNull(Objects.requireNonNull(crypto).generate(keyType).block());
  }
}
