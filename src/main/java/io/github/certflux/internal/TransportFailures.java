package io.github.certflux.internal;

import io.github.certflux.internal.TransportFailure.Kind;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.client.PrematureCloseException;

/** What an error of the network means for the request, and how to say it. */
final class TransportFailures {
  private static final int DEEPEST_CAUSE = 12;

  private TransportFailures() {}

  /**
   * The failure that an error is.
   *
   * @param sent whether there was a connection, so that the server may have seen the request
   * @param proxied whether it is a proxy that connections are made to
   */
  static TransportFailure of(Throwable error, URI url, boolean sent, boolean proxied) {
    if (error instanceof TransportFailure known) {
      return known;
    }
    String server = server(url);
    if (sent && !isBeforeSend(error)) {
      return cause(error, TooLongFrameException.class) == null
          ? new TransportFailure(Kind.LOST, lost(error, server), error)
          : new TransportFailure(
              Kind.TOO_LARGE, "the answer of " + server + " has too long headers", error);
    }
    CertificateException certificate = cause(error, CertificateException.class);
    return certificate == null
        ? new TransportFailure(Kind.NOT_SENT, notSent(error, url, server, proxied), error)
        : new TransportFailure(
            Kind.NOT_TRUSTED,
            "the certificate of " + server + " is not trusted: " + reason(certificate, url),
            error);
  }

  /** The answer is larger than the bound. */
  static TransportFailure tooLarge(URI url, int bound) {
    return new TransportFailure(
        Kind.TOO_LARGE,
        "the answer of " + server(url) + " is larger than " + bound + " bytes",
        null);
  }

  /** There was no answer, or not all of it, in time. */
  static TransportFailure late(URI url, long millis) {
    return new TransportFailure(
        Kind.LOST, "no complete answer from " + server(url) + " within " + millis + " ms", null);
  }

  /** Nothing is sent any more. */
  static TransportFailure closed() {
    return new TransportFailure(Kind.NOT_SENT, "the client is closed", null);
  }

  static String server(URI url) {
    int port = url.getPort();
    return url.getHost() + ":" + (port >= 0 ? port : "http".equals(url.getScheme()) ? 80 : 443);
  }

  /** The connection was there, and was gone before the first byte of the request was written. */
  private static boolean isBeforeSend(Throwable error) {
    return error instanceof AbortedException && AbortedException.isConnectionReset(error);
  }

  private static String lost(Throwable error, String server) {
    if (cause(error, DecoderException.class) != null || error instanceof IllegalArgumentException) {
      return "the answer of " + server + " is not HTTP";
    }
    if (error instanceof PrematureCloseException) {
      return server
          + (String.valueOf(error.getMessage()).contains("DURING")
              ? " closed the connection in the middle of its answer"
              : " closed the connection without an answer");
    }
    return "the connection to " + server + " broke: " + words(error);
  }

  private static String notSent(Throwable error, URI url, String server, boolean proxied) {
    ProxyConnectException proxy = cause(error, ProxyConnectException.class);
    if (proxy != null) {
      return "the proxy did not connect to " + server + ": " + reason(proxy);
    }
    String peer = proxied ? "the proxy" : server;
    if (cause(error, DnsNameResolverTimeoutException.class) != null) {
      return "host " + url.getHost() + " can't be looked up: no name server answered";
    }
    if (error instanceof UnknownHostException) {
      return "host " + url.getHost() + " is not known";
    }
    if (error instanceof ConnectTimeoutException) {
      return peer + " does not answer: no connection in time";
    }
    if (error instanceof ConnectException) {
      return String.valueOf(error.getMessage()).contains("refused")
          ? "connection refused by " + peer
          : "no connection to " + peer + ": " + words(error);
    }
    if (error instanceof PrematureCloseException || isBeforeSend(error)) {
      return server + " ended the connection before the request";
    }
    if (error instanceof TimeoutException) {
      return "no connection to " + server + " became free in time";
    }
    if (cause(error, NotSslRecordException.class) != null) {
      return server + " does not speak TLS";
    }
    SSLException tls = cause(error, SSLException.class);
    if (tls instanceof SslHandshakeTimeoutException) {
      return server + " does not answer: no TLS handshake in time";
    }
    return tls == null
        ? "no connection to " + server + ": " + words(error)
        : "no TLS with " + server + ": " + words(tls);
  }

  private static String reason(CertificateException error, URI url) {
    CertPathValidatorException invalid = cause(error, CertPathValidatorException.class);
    Object why = invalid == null ? BasicReason.UNSPECIFIED : invalid.getReason();
    if (why == BasicReason.EXPIRED || cause(error, CertificateExpiredException.class) != null) {
      return "it, or one that it was issued by, has expired";
    }
    if (why == BasicReason.NOT_YET_VALID
        || cause(error, CertificateNotYetValidException.class) != null) {
      return "it, or one that it was issued by, is not valid yet (is the clock right?)";
    }
    if (why == BasicReason.INVALID_SIGNATURE) {
      return "no trusted root has issued it; one has its issuer's name, and another key";
    }
    if (cause(error, CertPathBuilderException.class) != null) {
      return "no trusted root has issued it";
    }
    String message = words(error);
    return message.contains("subject alternative") || message.startsWith("No name matching")
        ? "it is not for " + url.getHost()
        : message;
  }

  /** The end of {@code http, none, proxy:3128 => server:443, status: 502 Bad Gateway}. */
  private static String reason(ProxyConnectException error) {
    String message = words(error);
    int end = message.indexOf(", ", message.indexOf(" => "));
    return message.contains(" => ") && end >= 0 ? message.substring(end + 2) : message;
  }

  private static String words(Throwable error) {
    String message = error.getMessage();
    return message == null || message.isBlank() ? "no reason given" : message;
  }

  private static <T extends Throwable> @Nullable T cause(Throwable error, Class<T> type) {
    Throwable at = error;
    for (int depth = 0; at != null && depth < DEEPEST_CAUSE; depth++) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
      at = at.getCause();
    }
    return null;
  }
}
