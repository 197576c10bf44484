package io.github.certflux.internal;

import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.protocol.AcmeOperation;
import java.net.URI;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A request before it is signed.
 *
 * @param operation what is asked
 * @param url where
 * @param account the account that asks, which the JWS names by {@code kid}; null to embed the key
 * @param key the key that signs and is embedded as {@code jwk}; null to take one of the account's
 * @param payload the payload for the key that signs this try
 * @param decoder reads an answer of status 2xx; {@link NotAcme} if it can't
 * @param priority what is let in first
 * @param youngUntilMillis until when a server may be late to know the resource asked for
 * @param order the order that it is about, for the log; null where it is about none, or makes one
 * @param <T> what the answer is
 */
public record SignedRequest<T>(
    AcmeOperation operation,
    URI url,
    @Nullable AccountState account,
    @Nullable AccountKey key,
    Function<AccountKey, Mono<byte[]>> payload,
    Function<AcmeResponse, T> decoder,
    Priority priority,
    long youngUntilMillis,
    @Nullable URI order) {

  private static final byte[] NOTHING = {};

  /** A POST that names the account. */
  public static <T> SignedRequest<T> of(
      AcmeOperation operation,
      URI url,
      AccountState account,
      byte[] payload,
      Function<AcmeResponse, T> decoder) {
    Mono<byte[]> same = Mono.just(payload);
    return new SignedRequest<>(
        operation, url, account, null, key -> same, decoder, Priority.NORMAL, Long.MIN_VALUE, null);
  }

  /** A POST-as-GET (RFC 8555 §6.3). */
  public static <T> SignedRequest<T> get(
      AcmeOperation operation, URI url, AccountState account, Function<AcmeResponse, T> decoder) {
    return of(operation, url, account, NOTHING, decoder);
  }

  /** A POST that embeds the key. */
  public static <T> SignedRequest<T> embedding(
      AcmeOperation operation,
      URI url,
      AccountKey key,
      Mono<byte[]> payload,
      Function<AcmeResponse, T> decoder) {
    return new SignedRequest<>(
        operation, url, null, key, k -> payload, decoder, Priority.NORMAL, Long.MIN_VALUE, null);
  }

  /** With another place in the queue. */
  public SignedRequest<T> with(Priority other) {
    return new SignedRequest<>(
        operation, url, account, key, payload, decoder, other, youngUntilMillis, order);
  }

  /** With a payload that depends on the key that signs. */
  public SignedRequest<T> withPayload(Function<AccountKey, Mono<byte[]>> other) {
    return new SignedRequest<>(
        operation, url, account, key, other, decoder, priority, youngUntilMillis, order);
  }

  /** Of a resource that this client created a moment ago. */
  public SignedRequest<T> youngUntil(long millis) {
    return new SignedRequest<>(
        operation, url, account, key, payload, decoder, priority, millis, order);
  }

  /** About an order. */
  public SignedRequest<T> about(@Nullable URI ordered) {
    return new SignedRequest<>(
        operation, url, account, key, payload, decoder, priority, youngUntilMillis, ordered);
  }
}
