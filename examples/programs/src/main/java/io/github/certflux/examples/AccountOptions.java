package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The account to work with, where it is not in the store yet. */
final class AccountOptions {

  @Option(
      names = "--contact",
      paramLabel = "ADDRESS",
      description = "the contact of a new account (default: none)")
  private @Nullable String contact;

  /** An account that agrees to the terms. */
  AccountRequest request(ServerOptions server) {
    return server.checked("--contact", this::request);
  }

  private AccountRequest request() {
    AccountRequest account = AccountRequest.create().agreeToTerms();
    return contact == null ? account : account.withContacts(List.of(contact));
  }
}
