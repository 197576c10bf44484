package io.github.certflux.examples;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Whoever visits the servers of a cluster: the TLS of the JDK, which trusts the CA alone. */
final class ClusterVisitor {
  private static final int PATIENCE_MS = 60_000;

  private final SSLContext context;
  private final ClusterTruth truth;

  ClusterVisitor(String root, ClusterTruth truth) throws GeneralSecurityException, IOException {
    this.truth = truth;
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    byte[] pem = root.getBytes(StandardCharsets.US_ASCII);
    roots.setCertificateEntry(
        "root",
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
  }

  /** Looks whether a node has a certificate for a name that is valid now; not one that has gone. */
  void visit(String name, NodeProcess node) {
    if (!node.serves()) {
      return;
    }
    int life = node.life();
    try {
      shakeHands(name, node);
      truth.shook();
    } catch (IOException e) {
      if (node.serves() && node.life() == life) {
        truth.invalid(name, node, e);
      }
    }
  }

  private void shakeHands(String name, NodeProcess node) throws IOException {
    try (Socket plain = new Socket()) {
      plain.connect(node.https(), PATIENCE_MS);
      plain.setSoTimeout(PATIENCE_MS);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, name, plain.getPort(), true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket.getSession().invalidate(); // the next sees the certificate again
      }
    }
  }
}
