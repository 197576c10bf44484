package io.github.certflux;

import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The account that a client wants (RFC 8555 §7.3). Immutable; each {@code with} copies. Contacts,
 * terms, key and external account matter only where the account is created: one that is stored is
 * used as it is.
 */
public final class AccountRequest {
  /** The name of an account where none is given. */
  public static final String DEFAULT_NAME = "default";

  private final String name;
  private final List<String> contacts;
  private final boolean agreesToTerms;
  private final KeyType keyType;
  private final @Nullable KeyPair key;
  private final @Nullable AccountSigner signer;
  private final @Nullable ExternalAccountBinding binding;

  private AccountRequest(
      String name,
      List<String> contacts,
      boolean agreesToTerms,
      KeyType keyType,
      @Nullable KeyPair key,
      @Nullable AccountSigner signer,
      @Nullable ExternalAccountBinding binding) {
    this.name = Names.account(name);
    this.contacts = contacts.stream().map(Names::contact).toList();
    this.agreesToTerms = agreesToTerms;
    this.keyType = keyType;
    this.key = key;
    this.signer = signer;
    this.binding = binding;
  }

  /**
   * An account without contacts, with a new P-256 key, under the name {@code default}.
   *
   * @return the request
   */
  public static AccountRequest create() {
    return new AccountRequest(DEFAULT_NAME, List.of(), false, KeyType.EC_P256, null, null, null);
  }

  /**
   * An account with one contact.
   *
   * @param address an e-mail address, or a contact URL such as {@code mailto:ops@example.org}
   * @return the request
   * @throws IllegalArgumentException if it is blank or holds spaces or control characters
   */
  public static AccountRequest contact(String address) {
    return create().withContacts(List.of(address));
  }

  /**
   * Under another name in the store, for several accounts at one CA.
   *
   * @param other 1 to 64 characters of {@code [A-Za-z0-9._-]}, the first a letter or digit
   * @return a copy with it
   * @throws IllegalArgumentException for another name
   */
  public AccountRequest withName(String other) {
    return new AccountRequest(other, contacts, agreesToTerms, keyType, key, signer, binding);
  }

  /**
   * With these contacts instead of those before.
   *
   * @param addresses e-mail addresses or contact URLs; may be empty
   * @return a copy with them
   * @throws IllegalArgumentException if one is blank or holds spaces or control characters
   */
  public AccountRequest withContacts(List<String> addresses) {
    return new AccountRequest(name, addresses, agreesToTerms, keyType, key, signer, binding);
  }

  /**
   * Agrees to the terms of service that the directory names (RFC 8555 §7.3).
   *
   * @return a copy that agrees
   */
  public AccountRequest agreeToTerms() {
    return new AccountRequest(name, contacts, true, keyType, key, signer, binding);
  }

  /**
   * With a new key of this type, made when the account is created.
   *
   * @param type any; some CAs refuse P-521
   * @return a copy with it, and without a given key
   */
  public AccountRequest withKeyType(KeyType type) {
    return new AccountRequest(name, contacts, agreesToTerms, type, null, null, binding);
  }

  /**
   * With this key: an account that the server already has for it is found, not created. The key is
   * checked where it is used, and stored: one that can't leave its device needs {@link
   * #withSigner}.
   *
   * @param pair for P-256, P-384, P-521 or RSA of 2048 to 8192 bits
   * @return a copy with it
   */
  public AccountRequest withKey(KeyPair pair) {
    return new AccountRequest(name, contacts, agreesToTerms, keyType, pair, null, binding);
  }

  /**
   * With a key that is elsewhere, which is used in the same way as a given one. The store keeps its
   * reference: give {@link AcmeClientBuilder#signers} too.
   *
   * @param remote signs
   * @return a copy with it
   */
  public AccountRequest withSigner(AccountSigner remote) {
    return new AccountRequest(name, contacts, agreesToTerms, keyType, null, remote, binding);
  }

  /**
   * Bound to an account that the CA knows already (RFC 8555 §7.3.4), where the directory says that
   * it is needed. Used when the account is created, and never again.
   *
   * @param credentials from the CA; some CAs take them once only
   * @return a copy with them
   */
  public AccountRequest withExternalAccount(ExternalAccountBinding credentials) {
    return new AccountRequest(name, contacts, agreesToTerms, keyType, key, signer, credentials);
  }

  /** {@return the name in the store} */
  public String name() {
    return name;
  }

  /** {@return the contact URLs} */
  public List<String> contacts() {
    return contacts;
  }

  /** {@return whether the user agrees to the terms of service} */
  public boolean agreesToTerms() {
    return agreesToTerms;
  }

  /** {@return the type of the key to be made, unless one is given} */
  public KeyType keyType() {
    return keyType;
  }

  /** {@return the key to be used instead of a new one} */
  public Optional<KeyPair> key() {
    return Optional.ofNullable(key);
  }

  /** {@return what signs instead of a key that is here} */
  public Optional<AccountSigner> signer() {
    return Optional.ofNullable(signer);
  }

  /** {@return the external account to bind to} */
  public Optional<ExternalAccountBinding> externalAccount() {
    return Optional.ofNullable(binding);
  }
}
