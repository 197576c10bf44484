package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.Connection;
import reactor.netty.tcp.TcpClient;

/** Looks at tls-alpn-01 certificates (RFC 8737 §3, RFC 8738 §6). */
final class TlsAlpn01Validator implements Validation {
  private static final String PROTOCOL = "acme-tls/1";
  private static final String ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  /** An OCTET STRING in the OCTET STRING that holds every extension. */
  private static final byte[] DIGEST_FOLLOWS = {4, 34, 4, 32};

  private final Function<String, InetSocketAddress> addresses;

  TlsAlpn01Validator(Function<String, InetSocketAddress> addresses) {
    this.addresses = addresses;
  }

  /** One for each look: a session that is resumed would ask for the name that it was made for. */
  private static SslContext tls() {
    try {
      return SslContextBuilder.forClient()
          .sslProvider(SslProvider.JDK)
          // whom it trusts is what the proof is about
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm(null)
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  ApplicationProtocolConfig.Protocol.ALPN,
                  ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                  ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                  PROTOCOL))
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Mono<CaProblem> check(ProofRequest request) {
    if (!request.type().equals("tls-alpn-01")) {
      return Mono.just(
          CaProblem.of(403, "unauthorized", "This CA was set up to validate tls-alpn-01 alone"));
    }
    Identifier identifier = request.identifier();
    return Mono.fromCallable(TlsAlpn01Validator::tls)
        .subscribeOn(Schedulers.boundedElastic()) // it reads files
        .flatMap(tls -> connected(identifier, tls))
        .map(
            connection -> {
              String wrong = wrong(request, connection);
              connection.dispose();
              return wrong;
            })
        .filter(wrong -> !wrong.isEmpty())
        .map(
            wrong ->
                Refusal.unauthorized(
                        "Incorrect validation certificate for tls-alpn-01 challenge of "
                            + identifier
                            + ": "
                            + wrong)
                    .problem());
  }

  private Mono<? extends Connection> connected(Identifier identifier, SslContext tls) {
    return TcpClient.newConnection()
        .remoteAddress(() -> addresses.apply(identifier.value()))
        .secure(
            spec ->
                spec.sslContext(tls)
                    .handshakeTimeout(PATIENCE)
                    .serverNames(new SNIHostName(serverName(identifier))))
        .connect();
  }

  private static String wrong(ProofRequest request, Connection connection) {
    SslHandler handler = connection.channel().pipeline().get(SslHandler.class);
    if (!PROTOCOL.equals(handler.applicationProtocol())) {
      return "the protocol was not negotiated";
    }
    try {
      Certificate[] chain = handler.engine().getSession().getPeerCertificates();
      return chain.length == 1
          ? wrong(request, (X509Certificate) chain[0])
          : chain.length + " certificates";
    } catch (GeneralSecurityException | SSLException e) {
      return "not self-signed: " + e.getMessage();
    }
  }

  private static String wrong(ProofRequest request, X509Certificate certificate)
      throws GeneralSecurityException {
    certificate.verify(certificate.getPublicKey());
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null || names.size() != 1 || !isFor(request.identifier(), names)) {
      return "its names are " + names;
    }
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    if (critical == null || !critical.contains(ACME_IDENTIFIER)) {
      return "it has no critical acmeIdentifier";
    }
    byte[] digest =
        MessageDigest.getInstance("SHA-256")
            .digest(request.keyAuthorization().getBytes(StandardCharsets.US_ASCII));
    byte[] expected = Arrays.copyOf(DIGEST_FOLLOWS, DIGEST_FOLLOWS.length + digest.length);
    System.arraycopy(digest, 0, expected, DIGEST_FOLLOWS.length, digest.length);
    return Arrays.equals(expected, certificate.getExtensionValue(ACME_IDENTIFIER))
        ? ""
        : "it is for another key authorization";
  }

  private static boolean isFor(Identifier identifier, Collection<List<?>> names) {
    List<?> name = names.iterator().next();
    String value = String.valueOf(name.get(1));
    return identifier.type().equals("ip")
        ? name.get(0).equals(IP_ADDRESS) && Arrays.equals(bytes(value), bytes(identifier.value()))
        : name.get(0).equals(DNS_NAME) && value.equalsIgnoreCase(identifier.value());
  }

  private static byte[] bytes(String address) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
    return bytes == null ? new byte[0] : bytes;
  }

  private static String serverName(Identifier identifier) {
    if (!identifier.type().equals("ip")) {
      return identifier.value();
    }
    byte[] address = bytes(identifier.value());
    StringBuilder name = new StringBuilder();
    for (int i = address.length - 1; i >= 0; i--) {
      name.append(
          address.length == 4
              ? String.format("%d.", address[i] & 0xff)
              : String.format("%x.%x.", address[i] & 0xf, (address[i] >> 4) & 0xf));
    }
    return name.append(address.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}
