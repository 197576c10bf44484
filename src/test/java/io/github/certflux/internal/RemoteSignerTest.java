package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import io.github.certflux.AccountSigner;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class RemoteSignerTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final JcaCrypto CRYPTO = JcaCrypto.create(JcaCrypto.drbg());
  private static final Timing TIMING = new Timing(Schedulers.parallel(), new Random(1));
  private static final byte[] INPUT = {1, 2, 3};

  @ParameterizedTest
  @CsvSource({
    "EC_P256, ES256, 64",
    "EC_P384, ES384, 96",
    "EC_P521, ES512, 132",
    "RSA_2048, RS256, 256"
  })
  void theAlgorithmFollowsFromThePublicKey(KeyType type, String algorithm, int length)
      throws Exception {
    KeyPair pair = pair(type);
    AccountSigner device = AccountSigner.of("device", pair, Schedulers.immediate());

    RemoteSigner signer = remote(device);
    byte[] signature = Objects.requireNonNull(signer.sign(INPUT).block(LONG));

    assertThat(signer.algorithm()).isEqualTo(JWSAlgorithm.parse(algorithm));
    assertThat(signature).hasSize(length);
    assertThat(CRYPTO.signer(pair).verifies(pair.getPublic(), INPUT, signature)).isTrue();
    assertThat(AccountKey.of(signer)).isEqualTo(AccountKey.of(pair, CRYPTO));
    assertThat(signer.withAlgorithm(JWSAlgorithm.PS256)).isEmpty();
  }

  @Test
  void aSignatureOfAKmsIsTurnedIntoOneForJws() throws Exception {
    KeyPair pair = RfcKeys.p256();
    Signature kms = Signature.getInstance("SHA256withECDSA");
    kms.initSign(pair.getPrivate());
    kms.update(INPUT);
    byte[] der = kms.sign();

    byte[] signature = AccountSigner.fromAsn1(pair.getPublic(), der);

    assertThat(CRYPTO.signer(pair).verifies(pair.getPublic(), INPUT, signature)).isTrue();
    der[1]++;
    for (byte[] none : new byte[][] {new byte[0], new byte[64], der}) {
      assertThatThrownBy(() -> AccountSigner.fromAsn1(pair.getPublic(), none))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> AccountSigner.fromAsn1(RfcKeys.rsa().getPublic(), der))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aKeyThatAcmeHasNoAlgorithmForIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair weak = generator.generateKeyPair();

    assertThatThrownBy(() -> AccountSigner.of("device", weak, Schedulers.immediate()))
        .isInstanceOf(KeyFormatException.class);
    assertThatThrownBy(
            () ->
                new RemoteSigner(
                    "device", weak.getPublic(), i -> Mono.empty(), CRYPTO, TIMING, LONG))
        .isInstanceOf(KeyFormatException.class);
  }

  private static RemoteSigner remote(AccountSigner device) {
    return new RemoteSigner(
        device.reference(), device.publicKey(), device::sign, CRYPTO, TIMING, LONG);
  }

  private static KeyPair pair(KeyType type) {
    KeyPair pair =
        type == KeyType.RSA_2048
            ? RfcKeys.rsa()
            : Objects.requireNonNull(CRYPTO.generate(type).block(LONG));
    assertThat(pair.getPublic() instanceof RSAPublicKey).isEqualTo(type == KeyType.RSA_2048);
    return pair;
  }
}
