package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.Certificate;
import io.github.certflux.ChainPreference;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.protocol.KeyType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;

/** Orders a certificate (RFC 8555 §7.4), and writes it to files. */
@Command(
    name = "order",
    sortOptions = false,
    description = {
      "Orders a certificate, proves its names by http-01, and writes it to files.",
      ""
    })
final class AcmeOrderCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "what the certificate is for")
  private List<String> names = List.of();

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private AccountOptions account = new AccountOptions();
  @Mixin private Http01Options http01 = new Http01Options();

  @Option(
      names = "--profile",
      paramLabel = "PROFILE",
      description = "one of the profiles that the directory offers")
  private @Nullable String profile;

  @Option(
      names = "--key-type",
      paramLabel = "TYPE",
      defaultValue = "EC_P256",
      description = "EC_P256, EC_P384, RSA_2048, RSA_3072 or RSA_4096 (default: ${DEFAULT-VALUE})")
  private KeyType keyType = KeyType.EC_P256;

  @Option(
      names = "--preferred-chain",
      paramLabel = "ISSUER",
      description = "the chain with this issuer, by its common name, where there is one")
  private @Nullable String chain;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go (default: a folder with the first name, here)")
  private @Nullable Path out;

  @Override
  public Integer call() {
    OrderRequest order = server.checked("NAME", this::request);
    AccountRequest wanted = account.request(server);
    CertificateFiles files = CertificateFiles.of(out, order);
    http01.with(server, (session, solver) -> issued(session, solver, wanted, order, files)).block();
    return Program.DONE;
  }

  private OrderRequest request() {
    OrderRequest order = OrderRequest.of(names).withKeyType(keyType);
    if (chain != null) {
      order = order.withChain(ChainPreference.issuer(chain));
    }
    return profile == null ? order : order.withProfile(profile);
  }

  private Mono<Certificate> issued(
      Session session,
      Http01Solver solver,
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
        .doOnNext(certificate -> report(certificate, files));
  }

  private void report(Certificate certificate, CertificateFiles files) {
    if (!certificate.preferred()) {
      System.out.println("no chain of the CA has that issuer: this is its default one");
    }
    System.out.printf(
        "chain     %s%nkey       %s%nvalid to  %s%n",
        files.chain(), files.key(), certificate.notAfter());
    if (server.json()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("url", certificate.url());
      json.put("serial", certificate.chain().get(0).getSerialNumber().toString(16));
      json.put("notAfter", certificate.notAfter().toString());
      json.put("preferredChain", certificate.preferred());
      json.put("chain", files.chain().toString());
      json.put("key", files.key().toString());
      Program.printJson(json);
    }
  }
}
