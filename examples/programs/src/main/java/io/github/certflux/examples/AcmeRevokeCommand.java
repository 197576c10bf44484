package io.github.certflux.examples;

import io.github.certflux.protocol.RevocationReason;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Revokes a certificate (RFC 8555 §7.6). */
@Command(
    name = "revoke",
    sortOptions = false,
    description = {"Revokes a certificate, by the account in --store or by its own key.", ""})
final class AcmeRevokeCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the certificate, or its chain, in PEM")
  private Path file = Path.of("");

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "the certificate's own key, in PEM (PKCS#8); then no account is needed")
  private @Nullable Path key;

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      defaultValue = "UNSPECIFIED",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private RevocationReason reason = RevocationReason.UNSPECIFIED;

  @Override
  public Integer call() {
    X509Certificate certificate = CertificateFiles.read(file);
    KeyPair own = key == null ? null : CertificateFiles.key(key, certificate);
    Session.with(
            server,
            session ->
                session.client(
                    acme -> acme,
                    acme ->
                        own == null
                            ? Session.stored(acme)
                                .flatMap(account -> account.revoke(certificate, reason))
                            : acme.revoke(certificate, own, reason)))
        .block();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("serial", certificate.getSerialNumber().toString(16));
    shown.put("reason", reason);
    Program.print(shown, server.json());
    return Program.DONE;
  }
}
