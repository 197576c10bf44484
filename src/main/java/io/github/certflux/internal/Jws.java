package io.github.certflux.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import io.github.certflux.protocol.KeyFormatException;
import java.net.URI;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Signed requests: flattened JWS (RFC 7515 §7.2.2) with the headers of ACME (RFC 8555 §6.2).
 *
 * <p>The header is put together from strings that Jackson escapes: 0.4 µs and 1 KB, where Nimbus's
 * JWSHeader takes 2.9 µs and 3 KB of an order's eight times.
 */
public final class Jws {
  /** The payload of a POST-as-GET (RFC 8555 §6.3). */
  public static final byte[] POST_AS_GET = {};

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final JsonStringEncoder JSON = JsonStringEncoder.getInstance();
  private static final byte[] PROTECTED = ascii("{\"protected\":\"");
  private static final byte[] PAYLOAD = ascii("\",\"payload\":\"");
  private static final byte[] SIGNATURE = ascii("\",\"signature\":\"");
  private static final byte[] END = ascii("\"}");

  private Jws() {}

  /**
   * A signed request as UTF-8 JSON, signed once for each subscription.
   *
   * @param key signs
   * @param kid the account's URL; {@code null} puts the public key in its place
   * @param nonce of the server; {@code null} only for a JWS inside another
   * @param url where the request goes
   * @param payload JSON, or {@link #POST_AS_GET}
   */
  public static Mono<byte[]> sign(
      AccountKey key, @Nullable String kid, @Nullable String nonce, URI url, byte[] payload) {
    return Mono.defer(
        () -> {
          String header =
              header(key.signer().algorithm(), kid, kid == null ? key.jwkJson() : null, nonce, url);
          byte[] encodedHeader = BASE64.encode(header.getBytes(UTF_8));
          byte[] encodedPayload = BASE64.encode(payload);
          byte[] input = join(encodedHeader, new byte[] {'.'}, encodedPayload);
          return key.signer()
              .sign(input)
              .map(signature -> flattened(encodedHeader, encodedPayload, BASE64.encode(signature)));
        });
  }

  /**
   * The payload of a key-change: the new key's consent to take the account over (RFC 8555 §7.3.5).
   *
   * @param oldKey the account's key, which signs the request around it
   * @param newKey the key to come
   * @param account the account's URL
   * @param keyChange where the request goes
   */
  public static Mono<byte[]> keyChange(
      AccountKey oldKey, AccountKey newKey, String account, URI keyChange) {
    StringBuilder payload = new StringBuilder(400).append("{\"account\":");
    quote(account, payload);
    payload.append(",\"oldKey\":").append(oldKey.jwkJson()).append('}');
    return sign(newKey, null, null, keyChange, payload.toString().getBytes(UTF_8));
  }

  /**
   * The {@code externalAccountBinding} of a newAccount: the CA's consent to bind the key to an
   * account that it knows (RFC 8555 §7.3.4).
   *
   * @param kid the key identifier from the CA
   * @param macKey the MAC key from the CA
   * @param algorithm HS256, HS384 or HS512
   * @param key the account's key
   * @param newAccount where the request goes
   * @throws KeyFormatException when the MAC key is shorter than the algorithm's hash
   */
  public static byte[] externalAccountBinding(
      String kid, byte[] macKey, JWSAlgorithm algorithm, AccountKey key, URI newAccount) {
    byte[] header = BASE64.encode(header(algorithm, kid, null, null, newAccount).getBytes(UTF_8));
    byte[] payload = BASE64.encode(key.jwkJson().getBytes(UTF_8));
    byte[] input = join(header, new byte[] {'.'}, payload);
    try {
      String mac = new MACSigner(macKey).sign(new JWSHeader(algorithm), input).toString();
      return flattened(header, payload, ascii(mac));
    } catch (JOSEException e) {
      throw new KeyFormatException(
          "a MAC key of " + macKey.length + " bytes can't be used with " + algorithm);
    }
  }

  private static String header(
      JWSAlgorithm algorithm,
      @Nullable String kid,
      @Nullable String jwk,
      @Nullable String nonce,
      URI url) {
    StringBuilder header = new StringBuilder(jwk == null ? 400 : 800).append("{\"alg\":");
    quote(algorithm.getName(), header);
    if (kid != null) {
      quote(kid, header.append(",\"kid\":"));
    } else {
      header.append(",\"jwk\":").append(jwk);
    }
    if (nonce != null) {
      quote(nonce, header.append(",\"nonce\":"));
    }
    quote(url.toASCIIString(), header.append(",\"url\":"));
    return header.append('}').toString();
  }

  private static void quote(String value, StringBuilder to) {
    to.append('"');
    JSON.quoteAsString(value, to);
    to.append('"');
  }

  private static byte[] flattened(byte[] header, byte[] payload, byte[] signature) {
    return join(PROTECTED, header, PAYLOAD, payload, SIGNATURE, signature, END);
  }

  private static byte[] join(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
