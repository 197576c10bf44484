package io.github.certflux.internal;

import java.net.URI;

/**
 * One HTTP request of ACME (RFC 8555 §6.1).
 *
 * @param method GET for the directory and renewal information, HEAD for a nonce, POST for
 *     everything else
 * @param url where
 * @param body the JWS of a POST, sent as {@code application/jose+json}; empty otherwise
 */
public record AcmeRequest(Method method, URI url, byte[] body) {

  /** The methods that ACME has. */
  public enum Method {
    /** Without a body. */
    GET,
    /** Without a body in the answer either. */
    HEAD,
    /** With a JWS. */
    POST
  }

  private static final byte[] NOTHING = {};

  /** A GET. */
  public static AcmeRequest get(URI url) {
    return new AcmeRequest(Method.GET, url, NOTHING);
  }

  /** A HEAD. */
  public static AcmeRequest head(URI url) {
    return new AcmeRequest(Method.HEAD, url, NOTHING);
  }

  /** A POST of a JWS. */
  public static AcmeRequest post(URI url, byte[] jws) {
    return new AcmeRequest(Method.POST, url, jws);
  }
}
