package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which certificate a handshake is shown: TLS asks for one type of key after the other. */
class ServerKeyManagerTest {
  private final Placeholder placeholder = Placeholder.create(Instant.EPOCH);
  private final ServerKeyManager keys = new ServerKeyManager(placeholder);
  private final SSLEngine engine = engine();

  private static SSLEngine engine() {
    try {
      return SSLContext.getDefault().createSSLEngine();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private @Nullable String chosen(String keyType) {
    return keys.chooseEngineServerAlias(keyType, null, engine);
  }

  @Test
  void beforeThereIsAManagerThereIsThePlaceholder() {
    String alias = chosen("EC");

    assertThat(keys.getCertificateChain(alias)).containsExactly(placeholder.certificate());
    assertThat(keys.getPrivateKey(alias)).isEqualTo(placeholder.key());
    assertThat(chosen("RSA")).isNull();
    assertThat(keys.getCertificateChain("another")).isNull();
    assertThat(keys.getPrivateKey("another")).isNull();
  }

  @Test
  void anRsaCertificateIsShownAlsoToWhoAsksForAnotherTypeFirst() {
    keys.show(new Kept("RSA"));

    assertThat(chosen("EC")).isNull();
    assertThat(chosen("RSA")).isEqualTo("kept");
  }

  @Test
  void whereNoCertificateIsForAHandshakeThereIsThePlaceholder() {
    keys.show(new Kept("none"));

    assertThat(keys.getCertificateChain(chosen("EC"))).containsExactly(placeholder.certificate());
    assertThat(chosen("RSA")).isNull();
    assertThat(keys.chooseEngineClientAlias(new String[] {"EC"}, null, engine))
        .as("never as a client")
        .isNull();
  }

  /** Has one certificate, for every name. */
  private static final class Kept extends X509ExtendedKeyManager {
    private final String type;

    Kept(String type) {
      this.type = type;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
      return keyType.equals(type) ? "kept" : null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, Socket socket) {
      return keyType.equals(type) ? "kept" : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String @Nullable [] keyTypes, Principal @Nullable [] issuers, Socket socket) {
      return null;
    }
  }
}
