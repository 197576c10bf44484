package io.github.certflux;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A change of an account (RFC 8555 §7.3.2, §7.3.3). Immutable. */
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
   * @return the change
   * @throws IllegalArgumentException if one is blank or holds spaces or control characters
   */
  public static AccountUpdate contacts(List<String> addresses) {
    return new AccountUpdate(addresses.stream().map(Names::contact).toList(), false);
  }

  /**
   * Another contact, in place of all.
   *
   * @param address an e-mail address or a contact URL
   * @return the change
   * @throws IllegalArgumentException if it is blank or holds spaces or control characters
   */
  public static AccountUpdate contact(String address) {
    return contacts(List.of(address));
  }

  /**
   * Agreement to the terms of service as they are now (§7.3.3), and nothing else. It goes out with
   * the contacts that the server shows, and alone where it shows none.
   *
   * @return the change
   */
  public static AccountUpdate agreement() {
    return new AccountUpdate(null, true);
  }

  /**
   * And agreement to the terms of service.
   *
   * @return a copy that agrees
   */
  public AccountUpdate agreeToTerms() {
    return new AccountUpdate(contacts, true);
  }

  /** {@return the new contact URLs; empty to leave them as they are} */
  public Optional<List<String>> contacts() {
    return Optional.ofNullable(contacts);
  }

  /** {@return whether the user agrees to the terms of service} */
  public boolean agreesToTerms() {
    return agreesToTerms;
  }
}
