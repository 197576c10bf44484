package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.IssueEvent;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.Identifier;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** One certificate, proved by http-01, tls-alpn-01 or dns-01, into files */
@Command(
    name = "issue-certificate",
    sortOptions = false,
    description = {
      "Gets one certificate for the names given, proved by http-01, tls-alpn-01 or dns-01, and writes chain and"
          + " key to files. A new account agrees to the CA's terms of service, which are shown.",
      ""
    })
final class IssueCertificate implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", arity = "1..*", description = "what the certificate is for")
  private List<String> names = List.of();

  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private ChallengeOptions challenge = new ChallengeOptions();
  @Mixin private AccountOptions newAccount = new AccountOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go (default: a folder with the first name, here)")
  private @Nullable Path out;

  private final Steps steps = new Steps(System.out);
  private final AtomicInteger requests = new AtomicInteger();

  public static void main(String... args) {
    Program.run(new IssueCertificate(), args);
  }

  @Override
  public Integer call() {
    OrderRequest order = server.checked("NAME", () -> OrderRequest.of(names));
    AccountRequest account = newAccount.request(server);
    challenge.with(server, (session, solver) -> inFiles(session, solver, account, order)).block();
    return Program.DONE;
  }

  private Mono<Void> inFiles(
      Session session, ChallengeSolver solver, AccountRequest account, OrderRequest order) {
    CertificateFiles files = CertificateFiles.of(out, order);
    return files
        .prepare()
        .then(
            session.client(
                acme -> acme.solver(solver).observer(steps).httpClient(this::counted),
                acme -> issued(acme, account, order)))
        .delayUntil(files::write)
        .delayUntil(certificate -> files.writeRoot(session.embeddedRoot()))
        .doOnNext(certificate -> report(session, certificate, files))
        .then();
  }

  private Mono<Certificate> issued(AcmeClient acme, AccountRequest account, OrderRequest order) {
    return steps
        .step("read the directory", acme.directory())
        .doOnNext(IssueCertificate::showTerms)
        .then(steps.step("find or create an account", acme.account(account)))
        .flatMapMany(known -> known.issueEvents(order))
        .doOnNext(event -> steps.reached(words(event)))
        .last()
        .map(event -> event.certificate().orElseThrow());
  }

  private HttpClient counted(HttpClient http) {
    return http.doOnRequest((request, connection) -> requests.incrementAndGet());
  }

  private static void showTerms(Directory directory) {
    directory
        .meta()
        .termsOfService()
        .ifPresent(url -> System.out.println("  (a new account agrees to " + url + ")"));
  }

  private static String words(IssueEvent event) {
    String name = event.identifier().map(Identifier::value).orElse("");
    return switch (event.kind()) {
      case ORDERED -> "order the certificate";
      case REUSED -> "proved before: " + name;
      case PRESENTED -> "set the proof up: " + name;
      case UNSEEN -> "not seen from here: " + name + " (" + event.detail() + ")";
      case TRIGGERED -> "tell the CA to look: " + name;
      case READY -> "all names are proved";
      case FINALIZED -> "send the CSR";
      case ISSUED -> "download the chain";
    };
  }

  private void report(Session session, Certificate certificate, CertificateFiles files) {
    System.out.printf(
        "%nchain     %s%nkey       %s%nvalid to  %s%nverify    %s%n",
        files.chain(), files.key(), certificate.notAfter(), files.howToVerify());
    if (server.json()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("names", names);
      json.put("notAfter", certificate.notAfter().toString());
      json.put("serial", certificate.chain().get(0).getSerialNumber().toString(16));
      json.put("seconds", steps.figures().seconds());
      json.put("requests", requests.get());
      json.put("tries", steps.figures().tries());
      json.put("chain", files.chain().toString());
      json.put("key", files.key().toString());
      json.put("url", certificate.url());
      json.put("directory", session.directory());
      Program.printJson(json);
    }
  }
}
