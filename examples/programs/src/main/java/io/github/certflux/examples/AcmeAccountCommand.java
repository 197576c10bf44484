package io.github.certflux.examples;

import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.KeyType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** Works with the account (RFC 8555 §7.3). */
@Command(
    name = "account",
    description = {"Works with the account in --store.", ""})
final class AcmeAccountCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  @Override
  public Integer call() {
    Program.require(command, false, "which command?");
    return Program.DONE;
  }

  @Command(name = "show", description = "Shows the account as the server has it.")
  int show(@Mixin ServerOptions server) {
    return shown(server, Session::stored, AcmeAccount::details);
  }

  @Command(name = "create", description = "Creates the account, or finds it in --store.")
  int create(
      @Mixin ServerOptions server,
      @Mixin AccountOptions account,
      @Option(
              names = "--key-type",
              paramLabel = "TYPE",
              defaultValue = "EC_P256",
              description =
                  "the new account key: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
          KeyType keyType) {
    return shown(
        server,
        acme -> acme.account(account.request(server).withKeyType(keyType)),
        AcmeAccount::details);
  }

  @Command(name = "contacts", description = "Changes the contacts.")
  int contacts(
      @Mixin ServerOptions server,
      @Parameters(
              paramLabel = "ADDRESS",
              arity = "0..*",
              description = "the new contacts; without any the account has none")
          @Nullable List<String> addresses) {
    AccountUpdate change =
        server.checked(
            "ADDRESS", () -> AccountUpdate.contacts(addresses == null ? List.of() : addresses));
    return shown(server, Session::stored, account -> account.update(change));
  }

  @Command(name = "rollover", description = "Gives the account a new key.")
  int rollover(
      @Mixin ServerOptions server,
      @Option(
              names = "--key-type",
              paramLabel = "TYPE",
              defaultValue = "EC_P256",
              description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
          KeyType keyType) {
    return shown(
        server, Session::stored, account -> account.rollOver(keyType).then(account.details()));
  }

  @Command(name = "deactivate", description = "Deactivates the account for good.")
  int deactivate(@Mixin ServerOptions server) {
    return shown(server, Session::stored, AcmeAccount::deactivate);
  }

  private static int shown(
      ServerOptions server,
      Function<AcmeClient, Mono<AcmeAccount>> found,
      Function<AcmeAccount, Mono<Account>> work) {
    Account account = Session.result(server, acme -> found.apply(acme).flatMap(work));
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("url", account.url());
    shown.put("status", account.status().value());
    shown.put("contacts", account.contacts());
    account.termsOfServiceAgreed().ifPresent(agreed -> shown.put("termsOfServiceAgreed", agreed));
    account.orders().ifPresent(url -> shown.put("orders", url));
    Program.print(shown, server.json());
    return Program.DONE;
  }
}
