package io.github.certflux.examples;

import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.RenewalInfo;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Asks when a certificate should be renewed (RFC 9773). */
@Command(
    name = "renewal-info",
    sortOptions = false,
    description = {"Asks the CA when it would have a certificate renewed.", ""})
final class AcmeRenewalInfoCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the certificate, or its chain, in PEM")
  private Path file = Path.of("");

  @Mixin private ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    X509Certificate certificate = CertificateFiles.read(file);
    CertificateId id = server.checked("FILE", () -> CertificateId.of(certificate));
    RenewalInfo info = Session.result(server, acme -> acme.renewalInfo(id));
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("certificate", id);
    shown.put("windowStart", info.windowStart());
    shown.put("windowEnd", info.windowEnd());
    shown.put("renewAt", info.renewalTime(new SecureRandom()));
    shown.put("checkAgainSeconds", info.checkAgain().toSeconds());
    info.explanationUrl().ifPresent(url -> shown.put("explanation", url));
    Program.print(shown, server.json());
    return Program.DONE;
  }
}
