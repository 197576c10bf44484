package io.github.certflux;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.TlsAlpn01;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpClient;

/** Shakes hands as a CA does for tls-alpn-01 (RFC 8737 §3), and reads the certificate. */
final class TlsAlpn01Look {
  private static final String EXPECTED = "a certificate with the proof, by " + TlsAlpn01.PROTOCOL;
  private static final int CONNECT_MILLIS = 4_000;
  private static final Duration HANDSHAKE = Duration.ofSeconds(5);

  /** An octet string of 32 bytes in an octet string (RFC 8737 §3; X.690 §8.7). */
  private static final byte[] BEFORE_THE_DIGEST = {4, 34, 4, 32};

  private final Addresses addresses;
  private final int port;
  private final TcpClient client;
  private final SslContext tls;

  TlsAlpn01Look(Addresses addresses, int port) {
    this.addresses = addresses;
    this.port = port;
    this.client =
        TcpClient.create(ConnectionProvider.newConnection())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS);
    this.tls = Unverified.tls(TlsAlpn01.PROTOCOL);
  }

  Mono<Void> look(SolverRequest request) {
    String what = "the handshake for " + request.identifier().value();
    return addresses.each(
        request.identifier(), port, what, EXPECTED, address -> look(request, what, address));
  }

  private Mono<Void> look(SolverRequest request, String what, InetSocketAddress address) {
    SNIHostName name = new SNIHostName(TlsAlpn01.serverName(request.identifier()));
    String where = what + " at " + address;
    return client
        .remoteAddress(() -> address)
        .secure(spec -> spec.sslContext(tls).handshakeTimeout(HANDSHAKE).serverNames(name))
        .connect()
        .onErrorMap(
            error ->
                error instanceof SSLException
                    ? new NotSeen(
                        where,
                        EXPECTED,
                        "a refusal: " + NotAcme.printable(String.valueOf(error.getMessage())),
                        null)
                    : new Addresses.Unreachable(
                        "no answer at "
                            + address
                            + ": "
                            + NotAcme.printable(String.valueOf(error.getMessage())),
                        error))
        .flatMap(
            connection -> {
              String found;
              try {
                found = found(connection, request);
              } finally {
                connection.dispose();
              }
              return found.isEmpty()
                  ? Mono.empty()
                  : Mono.error(new NotSeen(where, EXPECTED, found, null));
            });
  }

  /** What is wrong with what came; empty for nothing. */
  private static String found(Connection connection, SolverRequest request) {
    SslHandler handler = connection.channel().pipeline().get(SslHandler.class);
    if (handler == null || !TlsAlpn01.PROTOCOL.equals(handler.applicationProtocol())) {
      return "a server that does not speak it";
    }
    SSLSession session = handler.engine().getSession();
    try {
      X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
      byte[] extension = certificate.getExtensionValue(TlsAlpn01.ACME_IDENTIFIER);
      if (extension == null) {
        return "a certificate without it, of "
            + NotAcme.printable(certificate.getSubjectX500Principal().toString());
      }
      byte[] digest = TlsAlpn01.digest(request.keyAuthorization());
      byte[] expected = Arrays.copyOf(BEFORE_THE_DIGEST, BEFORE_THE_DIGEST.length + digest.length);
      System.arraycopy(digest, 0, expected, BEFORE_THE_DIGEST.length, digest.length);
      return Arrays.equals(extension, expected) ? "" : "the proof of another challenge";
    } catch (SSLPeerUnverifiedException e) {
      return "no certificate";
    }
  }
}
