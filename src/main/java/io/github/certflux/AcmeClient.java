package io.github.certflux;

import io.github.certflux.protocol.Directory;
import java.net.URI;
import java.security.KeyPair;
import reactor.core.publisher.Mono;

/**
 * A client of one ACME server. Owns its connections, its nonces and the state of its accounts; make
 * one for each directory and keep it. Every method is cold: nothing is opened or sent before a
 * subscription. Thread-safe.
 */
public interface AcmeClient {

  /**
   * Begins a client.
   *
   * @param directory the directory's URL, {@code https} (RFC 8555 §7.1.1)
   */
  static AcmeClientBuilder builder(URI directory) {
    return new AcmeClientBuilder(directory);
  }

  /** The directory; read once and again when it is an hour old. An error is not kept. */
  Mono<Directory> directory();

  /** The account stored as {@code default}, as {@link #findAccount(String)} finds it. */
  default Mono<AcmeAccount> findAccount() {
    return findAccount(AccountRequest.DEFAULT_NAME);
  }

  /**
   * The account stored under a name; empty where there is none. Reads the store alone. What a crash
   * left of a rollover is repaired on the way, without a wait.
   */
  Mono<AcmeAccount> findAccount(String name);

  /**
   * The stored account, or a new one: its key is stored before the server hears of it (RFC 8555
   * §7.3). Subscribing twice gives the same account.
   */
  Mono<AcmeAccount> account(AccountRequest request);

  /**
   * Takes over an account made elsewhere, once the server has confirmed that the key is its key
   * (RFC 8555 §7.3.1). Nothing is stored where that fails, or where the name is taken.
   *
   * @param name the name to store it under
   * @param url the account's URL
   * @param key its key
   */
  Mono<AcmeAccount> importAccount(String name, URI url, KeyPair key);

  /**
   * Closes the client once what is under way has ended: requests on the wire, cleanups, rollovers.
   * What is subscribed to afterwards fails. Subscribing again does no harm.
   */
  Mono<Void> disposeLater();
}
