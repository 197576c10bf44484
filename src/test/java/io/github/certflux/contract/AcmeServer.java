package io.github.certflux.contract;

import io.github.certflux.challenge.ChallengeSolver;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;

/** A server that runs. */
interface AcmeServer {

  /** What it is, and its version where it has one. */
  String title();

  URI directory();

  /** The root of its own TLS certificate, in PEM. */
  byte[] trust();

  /** The root of the certificates that it signs. */
  X509Certificate root();

  /** What proves names to it, wildcards too. */
  List<ChallengeSolver> solvers();

  /** Where it looks for http-01. */
  default int httpPort() {
    throw new UnsupportedOperationException(title() + " looks at no proof");
  }

  /** Where it looks for tls-alpn-01. */
  default int tlsPort() {
    throw new UnsupportedOperationException(title() + " looks at no proof");
  }

  /** What it wrote last, for whoever looks into a failure. */
  String output();
}
