package io.github.certflux.examples;

import io.github.certflux.Certificate;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;

/** Downloads a certificate once more (RFC 8555 §7.4.2), perhaps with another chain. */
@Command(
    name = "certificate",
    sortOptions = false,
    description = {
      "Downloads a certificate once more, by the account in --store, perhaps with another chain.",
      ""
    })
final class AcmeCertificateCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "URL",
      arity = "0..1",
      description = "the certificate (default: the one that order wrote to --out)")
  private @Nullable URI url;

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private ChainOptions chain = new ChainOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the chain goes, in place of the one that is there (default: nowhere)")
  private @Nullable Path out;

  @Override
  public Integer call() {
    server.require(url != null || out != null, "which certificate? its URL, or --out");
    CertificateFiles files = out == null ? null : CertificateFiles.in(out);
    URI wanted = url != null ? url : CertificateFiles.in(out).url();
    Certificate certificate =
        Session.result(
            server,
            acme ->
                Session.stored(acme)
                    .flatMap(account -> account.certificate(wanted, chain.preference()))
                    .delayUntil(found -> files == null ? Mono.empty() : files.write(found)));
    AcmeOrderCommand.report(certificate, files, server.json());
    return Program.DONE;
  }
}
