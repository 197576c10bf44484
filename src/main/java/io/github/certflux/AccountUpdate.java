package io.github.certflux;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A change of an account (RFC 8555 §7.3.2, §7.3.3). Immutable; each {@code with} copies. */
public final class AccountUpdate {
  private final @Nullable List<String> contacts;
  private final boolean agreesToTerms;

  private AccountUpdate(@Nullable List<String> contacts, boolean agreesToTerms) {
    this.contacts = contacts;
    this.agreesToTerms = agreesToTerms;
  }

  /**
   * Other contacts.
   *
   * @param addresses e-mail addresses or contact URLs; none to have no contacts
   */
  public static AccountUpdate contacts(List<String> addresses) {
    return new AccountUpdate(addresses.stream().map(Names::contact).toList(), false);
  }

  /** Another contact: an e-mail address or a contact URL. */
  public static AccountUpdate contact(String address) {
    return contacts(List.of(address));
  }

  /** Agreement to the terms of service as they are now (§7.3.3). */
  public static AccountUpdate agreement() {
    return new AccountUpdate(null, true);
  }

  /** And agreement to the terms of service. */
  public AccountUpdate agreeToTerms() {
    return new AccountUpdate(contacts, true);
  }

  /** The new contact URLs; empty to leave them as they are. */
  public Optional<List<String>> contacts() {
    return Optional.ofNullable(contacts);
  }

  /** Whether the user agrees to the terms of service. */
  public boolean agreesToTerms() {
    return agreesToTerms;
  }
}
