package io.github.certflux.challenge;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A TLS client that asks for whatever it is told to, and believes everything. */
final class TlsProbe {
  private static final int PATIENCE_MILLIS = 30_000;

  private final int port;
  private final String serverName;
  private final String[] protocols;
  private String version = "TLSv1.3";
  private boolean byteByByte;

  TlsProbe(int port, String serverName, String... protocols) {
    this.port = port;
    this.serverName = serverName;
    this.protocols = protocols;
  }

  TlsProbe version(String only) {
    version = only;
    return this;
  }

  /** Sends each byte by itself. */
  TlsProbe byteByByte() {
    byteByByte = true;
    return this;
  }

  /** What the server shows. */
  X509Certificate certificate() throws IOException {
    try (SSLSocket socket = connected()) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  /** What protocol is agreed upon; empty for none. */
  String protocol() throws IOException {
    try (SSLSocket socket = connected()) {
      return socket.getApplicationProtocol();
    }
  }

  /** The first byte after the handshake, or -1 where the server ended the connection. */
  int readsAfterHandshake() throws IOException {
    try (SSLSocket socket = connected()) {
      return socket.getInputStream().read();
    }
  }

  private SSLSocket connected() throws IOException {
    Socket plain = byteByByte ? new Dribbling(port) : new Socket(loopback(), port);
    plain.setSoTimeout(PATIENCE_MILLIS);
    plain.setTcpNoDelay(true);
    SSLSocket socket =
        (SSLSocket) trusting().getSocketFactory().createSocket(plain, "localhost", port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(protocols);
    parameters.setServerNames(List.of(new SNIHostName(serverName)));
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  /** Whether this machine has that address. */
  static boolean isHere(InetAddress address) {
    try (ServerSocket socket = new ServerSocket(0, 1, address)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static final class Dribbling extends Socket {
    Dribbling(int port) throws IOException {
      super(loopback(), port);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          for (int i = from; i < from + length; i++) {
            out.write(bytes[i]);
            out.flush();
          }
        }
      };
    }
  }

  private static SSLContext trusting() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
