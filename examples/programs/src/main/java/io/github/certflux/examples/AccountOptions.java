package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.ExternalAccountBinding;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The account to work with, where it is not in the store yet. */
final class AccountOptions {

  @Option(
      names = "--contact",
      paramLabel = "ADDRESS",
      description = "the contact of a new account (default: none)")
  private @Nullable String contact;

  @ArgGroup(exclusive = false)
  private @Nullable ExternalAccount externalAccount;

  /** Credentials from a CA that makes accounts for its customers alone. */
  static final class ExternalAccount {
    @Option(
        names = "--eab-kid",
        paramLabel = "ID",
        required = true,
        description = "external account binding: the key identifier that the CA handed out")
    private String kid = "";

    @Option(
        names = "--eab-key",
        paramLabel = "KEY",
        required = true,
        description = "and the MAC key, in base64url; @FILE reads options from a file")
    private String key = "";

    private ExternalAccountBinding binding() {
      return ExternalAccountBinding.of(kid, key);
    }
  }

  /** An account that agrees to the terms. */
  AccountRequest request(ServerOptions server) {
    AccountRequest account = AccountRequest.create().agreeToTerms();
    String address = contact;
    if (address != null) {
      account = server.checked("--contact", () -> AccountRequest.contact(address).agreeToTerms());
    }
    ExternalAccount external = externalAccount;
    return external == null
        ? account
        : account.withExternalAccount(server.checked("--eab-kid, --eab-key", external::binding));
  }
}
