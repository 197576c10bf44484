package io.github.certflux.protocol;

/** The keys that an account or a certificate can have. */
public enum KeyType {
  /** NIST P-256; signs with ES256. */
  EC_P256,
  /** NIST P-384; signs with ES384. */
  EC_P384,
  /** NIST P-521; signs with ES512. Let's Encrypt refuses it. */
  EC_P521,
  /** RSA with 2048 bits; signs with RS256. */
  RSA_2048,
  /** RSA with 3072 bits; signs with RS256. */
  RSA_3072,
  /** RSA with 4096 bits; signs with RS256. */
  RSA_4096
}
