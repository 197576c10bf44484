package io.github.certflux.examples;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.protocol.RevocationReason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;

/** Revokes a certificate (RFC 8555 §7.6). */
@Command(
    name = "revoke",
    sortOptions = false,
    description = {"Revokes a certificate, by the account in --store.", ""})
final class AcmeRevokeCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the certificate, or its chain, in PEM")
  private Path file = Path.of("");

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      defaultValue = "UNSPECIFIED",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private RevocationReason reason = RevocationReason.UNSPECIFIED;

  @Override
  public Integer call() throws IOException {
    X509Certificate certificate = certificate();
    Session.with(
            server, session -> session.client(acme -> acme, acme -> revoked(acme, certificate)))
        .block();
    System.out.println("revoked   " + certificate.getSerialNumber().toString(16));
    if (server.json()) {
      Program.printJson(
          Map.of(
              "serial", certificate.getSerialNumber().toString(16), "reason", reason.toString()));
    }
    return Program.DONE;
  }

  private Mono<Void> revoked(AcmeClient acme, X509Certificate certificate) {
    return acme.findAccount()
        .switchIfEmpty(Mono.error(() -> new Program.Failure("--store has no account", null)))
        .flatMap((AcmeAccount account) -> account.revoke(certificate, reason));
  }

  private X509Certificate certificate() throws IOException {
    try (InputStream pem = new BufferedInputStream(Files.newInputStream(file))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    } catch (CertificateException e) {
      throw new Program.Failure(file + " is not a certificate in PEM", e);
    } catch (IOException e) {
      throw new Program.Failure("can't read " + Program.reason(e), e);
    }
  }
}
