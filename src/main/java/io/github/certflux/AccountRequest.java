package io.github.certflux;

import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The account that a client wants (RFC 8555 §7.3). Immutable; each {@code with} copies. Contacts,
 * terms and key matter only where the account is created: one that is stored is used as it is.
 */
public final class AccountRequest {
  /** The name of an account where none is given. */
  public static final String DEFAULT_NAME = "default";

  private final String name;
  private final List<String> contacts;
  private final boolean agreesToTerms;
  private final KeyType keyType;
  private final @Nullable KeyPair key;

  private AccountRequest(
      String name,
      List<String> contacts,
      boolean agreesToTerms,
      KeyType keyType,
      @Nullable KeyPair key) {
    this.name = Names.account(name);
    this.contacts = contacts.stream().map(Names::contact).toList();
    this.agreesToTerms = agreesToTerms;
    this.keyType = keyType;
    this.key = key;
  }

  /** An account without contacts, with a P-256 key, under the name {@code default}. */
  public static AccountRequest create() {
    return new AccountRequest(DEFAULT_NAME, List.of(), false, KeyType.EC_P256, null);
  }

  /**
   * An account with one contact.
   *
   * @param address an e-mail address, or a contact URL such as {@code mailto:ops@example.org}
   */
  public static AccountRequest contact(String address) {
    return create().withContacts(List.of(address));
  }

  /**
   * Under another name in the store, for several accounts at one CA.
   *
   * @param other 1 to 64 characters of {@code [A-Za-z0-9._-]}, the first a letter or digit
   */
  public AccountRequest withName(String other) {
    return new AccountRequest(other, contacts, agreesToTerms, keyType, key);
  }

  /** With these contacts: e-mail addresses or contact URLs. */
  public AccountRequest withContacts(List<String> addresses) {
    return new AccountRequest(name, addresses, agreesToTerms, keyType, key);
  }

  /** Agrees to the terms of service that the directory names (RFC 8555 §7.3.1). */
  public AccountRequest agreeToTerms() {
    return new AccountRequest(name, contacts, true, keyType, key);
  }

  /** With a new key of this type. */
  public AccountRequest withKeyType(KeyType type) {
    return new AccountRequest(name, contacts, agreesToTerms, type, null);
  }

  /** With this key: an account that the server already has for it is found, not created. */
  public AccountRequest withKey(KeyPair pair) {
    return new AccountRequest(name, contacts, agreesToTerms, keyType, pair);
  }

  /** The name in the store. */
  public String name() {
    return name;
  }

  /** The contact URLs. */
  public List<String> contacts() {
    return contacts;
  }

  /** Whether the user agrees to the terms of service. */
  public boolean agreesToTerms() {
    return agreesToTerms;
  }

  /** The type of the key to be made. */
  public KeyType keyType() {
    return keyType;
  }

  /** The key to be used instead of a new one. */
  public Optional<KeyPair> key() {
    return Optional.ofNullable(key);
  }
}
