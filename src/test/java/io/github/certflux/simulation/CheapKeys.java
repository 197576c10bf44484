package io.github.certflux.simulation;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.Signer;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.testca.SignatureCheck;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Real keys that were made beforehand, the same in each JVM, with signatures that cost a
 * microsecond: a digest of the public key and of what is signed. Nobody has to be kept from forging
 * them; but what one key signed is refused for another. CSRs are signed for real.
 */
final class CheapKeys implements Crypto {
  private static final int MADE = 160;
  private static final byte DER_SEQUENCE = 0x30;
  private static final JcaCrypto REAL = JcaCrypto.create(sameEachTime(), Schedulers.immediate());
  private static final Map<KeyType, List<KeyPair>> POOLS =
      Map.of(KeyType.EC_P256, made(KeyType.EC_P256), KeyType.EC_P384, made(KeyType.EC_P384));
  private static final Map<BigInteger, Signer> SIGNERS = new ConcurrentHashMap<>();

  private final int first;
  private int next;

  /** The keys of one world; the first is drawn. */
  CheapKeys(RandomGenerator random) {
    first = random.nextInt(MADE);
  }

  private static SecureRandom sameEachTime() {
    try {
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(1);
      return random;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<KeyPair> made(KeyType type) {
    return IntStream.range(0, MADE)
        .mapToObj(i -> Objects.requireNonNull(REAL.generate(type).block()))
        .toList();
  }

  @Override
  public Mono<KeyPair> generate(KeyType type) {
    return Mono.fromSupplier(
        () -> {
          if (next == MADE) {
            throw new IllegalStateException("a history that needs more keys than were made");
          }
          return POOLS.get(type).get((first + next++) % MADE);
        });
  }

  @Override
  public Signer signer(KeyPair key) {
    return SIGNERS.computeIfAbsent(
        ((ECPublicKey) key.getPublic()).getW().getAffineX(), x -> new Cheap(REAL.signer(key)));
  }

  @Override
  public <T> Mono<T> heavy(Callable<T> work) {
    return Mono.fromCallable(work);
  }

  /** What the CA checks in place of real signatures. */
  static SignatureCheck check() {
    return (algorithm, key, input, signature) ->
        MessageDigest.isEqual(signature, digest(algorithm, key, input));
  }

  private static byte[] digest(JWSAlgorithm algorithm, JWK key, byte[] input) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(algorithm.getName().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      digest.update(((ECKey) key).getX().decode());
      return digest.digest(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Cheap(Signer real) implements Signer {

    @Override
    public JWSAlgorithm algorithm() {
      return real.algorithm();
    }

    @Override
    public JWK publicJwk() {
      return real.publicJwk();
    }

    @Override
    public Mono<byte[]> sign(byte[] input) {
      return input[0] == DER_SEQUENCE
          ? real.sign(input)
          : Mono.fromSupplier(() -> digest(algorithm(), publicJwk(), input));
    }
  }
}
