package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.protocol.KeyType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;

/** Orders a certificate (RFC 8555 §7.4), and writes it to files. */
@Command(
    name = "order",
    sortOptions = false,
    description = {"Orders a certificate, proves its names, and writes it to files.", ""})
final class AcmeOrderCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "what the certificate is for")
  private List<String> names = List.of();

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private AccountOptions account = new AccountOptions();
  @Mixin private ChallengeOptions challenge = new ChallengeOptions();
  @Mixin private ChainOptions chain = new ChainOptions();

  @Option(
      names = "--profile",
      paramLabel = "PROFILE",
      description = "one of the profiles that the directory offers")
  private @Nullable String profile;

  @ArgGroup private @Nullable Key key;

  /** Whose key the certificate is for: a new one, or the user's. */
  static final class Key {
    @Option(
        names = "--key-type",
        paramLabel = "TYPE",
        description =
            "a new key: EC_P256, EC_P384, RSA_2048, RSA_3072 or RSA_4096 (default: EC_P256)")
    private @Nullable KeyType type;

    @Option(
        names = "--csr",
        paramLabel = "FILE",
        description = "your own CSR, in PEM or DER, that names every NAME; its key stays with you")
    private @Nullable Path csr;
  }

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go (default: a folder with the first name, here)")
  private @Nullable Path out;

  @Override
  public Integer call() {
    OrderRequest order = request();
    AccountRequest wanted = account.request(server);
    CertificateFiles files = CertificateFiles.of(out, order);
    challenge
        .with(server, (session, solver) -> issued(session, solver, wanted, order, files))
        .block();
    return Program.DONE;
  }

  private OrderRequest request() {
    OrderRequest order =
        server
            .checked("NAME", () -> OrderRequest.of(names))
            .withCsr(server.checked("--key-type, --csr", this::csr))
            .withChain(chain.preference());
    return profile == null ? order : order.withProfile(profile);
  }

  private CsrSource csr() {
    if (key == null || key.csr == null) {
      return CsrSource.newKey(key == null || key.type == null ? KeyType.EC_P256 : key.type);
    }
    return CertificateFiles.csr(key.csr);
  }

  private Mono<Certificate> issued(
      Session session,
      ChallengeSolver solver,
      AccountRequest wanted,
      OrderRequest order,
      CertificateFiles files) {
    return files
        .prepare()
        .then(
            session.client(
                acme -> acme.solver(solver),
                acme -> acme.account(wanted).flatMap(known -> known.issue(order))))
        .delayUntil(files::write)
        .doOnNext(certificate -> report(certificate, files, server.json()));
  }

  /** Tells of a certificate, and where it was written, if it was. */
  static void report(Certificate certificate, @Nullable CertificateFiles files, boolean json) {
    if (!certificate.preferred()) {
      System.out.println("no chain of the CA has that issuer: this is its default one");
    }
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("url", certificate.url());
    shown.put("serial", certificate.chain().get(0).getSerialNumber().toString(16));
    shown.put("notAfter", certificate.notAfter());
    shown.put(
        "issuers",
        certificate.chain().stream().map(each -> each.getIssuerX500Principal().getName()).toList());
    shown.put("preferredChain", certificate.preferred());
    if (files != null) {
      shown.put("chain", files.chain());
      certificate.key().ifPresent(pair -> shown.put("key", files.key()));
    }
    Program.print(shown, json);
  }
}
