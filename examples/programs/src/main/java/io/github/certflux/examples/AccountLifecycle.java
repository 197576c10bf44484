package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeClient;
import io.github.certflux.protocol.KeyType;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The life of an account: found or created, changed, its key rolled over, and on without a wait */
@Command(
    name = "account-lifecycle",
    sortOptions = false,
    description = {
      "Runs this flow again and again on one store: look for a stored account; fetch its details"
          + " with the stored key, or create it and store the key; update its contacts; agree to"
          + " the terms of service; roll its key over; straight on with the next run.",
      ""
    })
final class AccountLifecycle implements Callable<Integer> {

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often the flow is run (default: ${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--contact",
      paramLabel = "ADDRESS",
      description = "the contact to set (default: another one in each run)")
  private @Nullable String contact;

  private final Steps steps = new Steps(System.out);
  private final AtomicReference<@Nullable URI> account = new AtomicReference<>();

  public static void main(String... args) {
    Program.run(new AccountLifecycle(), args);
  }

  @Override
  public Integer call() {
    server.require(runs > 0, "--runs must be at least 1, not " + runs);
    server.checked("--contact", () -> AccountUpdate.contact(contact(1)));
    Session.with(server, this::allRuns).block();
    return Program.DONE;
  }

  private Mono<Void> allRuns(Session session) {
    return Flux.range(1, runs)
        .doOnNext(steps::run)
        .concatMap(
            // As a program that was started again would: another store object, another client.
            run -> session.client(acme -> acme.observer(steps), acme -> oneRun(acme, contact(run))))
        .then()
        .doOnTerminate(() -> report(session));
  }

  private Mono<Void> oneRun(AcmeClient acme, String contact) {
    return steps
        .step("read the directory", acme.directory())
        .then(steps.step("look for a stored account", acme.findAccount()))
        .delayUntil(stored -> steps.step("fetch its details", stored.details()))
        .switchIfEmpty(
            steps.step(
                "create it and store its key",
                acme.account(AccountRequest.create().agreeToTerms())))
        .doOnNext(known -> account.set(known.url()))
        .delayUntil(
            known ->
                steps.step("update its contacts", known.update(AccountUpdate.contact(contact))))
        .delayUntil(
            known -> steps.step("agree to the terms", known.update(AccountUpdate.agreement())))
        .delayUntil(known -> steps.step("roll its key over", known.rollOver(KeyType.EC_P256)))
        .then();
  }

  /** Boulder refuses addresses at example.com. */
  private String contact(int run) {
    return contact == null ? "run-" + run + "@certflux-test.com" : contact;
  }

  private void report(Session session) {
    Steps.Figures all = steps.figures();
    System.out.printf(
        "%n%d operations, %d failed, %d tries of which %d were refused for their key;"
            + " the slowest took %.1f ms, and %.1f ms on the wire%n",
        all.operations(),
        all.failed(),
        all.tries(),
        all.refused(),
        all.slowestMs(),
        all.slowestOnWireMs());
    if (server.json()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("runs", runs);
      json.put("failed", all.failed());
      json.put("operations", all.operations());
      json.put("tries", all.tries());
      json.put("refused", all.refused());
      json.put("slowestMs", all.slowestMs());
      json.put("slowest", all.slowest());
      json.put("slowestOnWireMs", all.slowestOnWireMs());
      json.put("p50Ms", all.p50Ms());
      json.put("p95Ms", all.p95Ms());
      json.put("seconds", all.seconds());
      json.put("directory", session.directory());
      json.put("account", account.get());
      Program.printJson(json);
    }
  }
}
