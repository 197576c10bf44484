package io.github.certflux.examples.webflux;

import io.github.certflux.protocol.Challenge;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * A CA in this process that resembles Let's Encrypt where it matters here: three front ends, each
 * of which goes on with an old account key for up to five seconds, and a replica that lags. Proofs
 * are looked at for real, on this machine.
 */
final class EmbeddedCa implements AutoCloseable {
  private static final Duration CACHE = Duration.ofSeconds(5);
  private static final Duration LAG = Duration.ofMillis(500);

  private final TestCa ca;
  private final Path root;

  private EmbeddedCa(TestCa ca, Path root) {
    this.ca = ca;
    this.root = root;
  }

  /** Listens on a free port; looks for proofs on these. Blocks. */
  static EmbeddedCa started(int http, int https, Duration lifetime) throws IOException {
    TestCa ca =
        TestCa.builder()
            .fronts(3)
            .cacheTtl(CACHE)
            .lags(Duration.ZERO, LAG)
            .certificateLifetime(lifetime)
            .rememberRequests(100)
            .validation(
                Validation.byType(
                    Map.of(
                        Challenge.HTTP_01, Validation.http01(http),
                        Challenge.TLS_ALPN_01, Validation.tlsAlpn01(https))))
            .start()
            .block();
    Objects.requireNonNull(ca, "a CA that starts is never empty");
    return new EmbeddedCa(ca, ca.writeRoot(Files.createTempFile("certflux-root-", ".pem")));
  }

  URI directory() {
    return ca.directory();
  }

  /** What a client must trust, as PEM; deleted in the end. */
  Path root() {
    return root;
  }

  @Override
  public void close() {
    ca.close();
    try {
      Files.deleteIfExists(root);
    } catch (IOException e) {
      System.err.println("webflux-app: " + root + " is left: " + e.getMessage());
    }
  }
}
