package io.github.certflux.protocol;

/** What a request asks of the server. */
public enum AcmeOperation {
  /** Read the directory (RFC 8555 §7.1.1). */
  DIRECTORY("directory"),
  /** Fetch a nonce (§7.2). */
  NEW_NONCE("newNonce"),
  /** Create an account (§7.3). */
  NEW_ACCOUNT("newAccount"),
  /** Find an account by its key (§7.3.1). */
  FIND_ACCOUNT("findAccount"),
  /** Read an account (§7.3.2). */
  ACCOUNT("account"),
  /** Change contacts, or agree to terms (§7.3.2, §7.3.3). */
  UPDATE_ACCOUNT("updateAccount"),
  /** Roll the account key over (§7.3.5). */
  KEY_CHANGE("keyChange"),
  /** Deactivate an account (§7.3.6). */
  DEACTIVATE_ACCOUNT("deactivateAccount"),
  /** Read a page of an account's orders (§7.1.2.1). */
  ORDERS("orders"),
  /** Order a certificate (§7.4). */
  NEW_ORDER("newOrder"),
  /** Read an order (§7.1.3). */
  ORDER("order"),
  /** Authorize a name before it is ordered (§7.4.1). */
  NEW_AUTHORIZATION("newAuthz"),
  /** Read an authorization (§7.5). */
  AUTHORIZATION("authorization"),
  /** Deactivate an authorization (§7.5.2). */
  DEACTIVATE_AUTHORIZATION("deactivateAuthorization"),
  /** Tell the server that a challenge is ready (§7.5.1). */
  CHALLENGE("challenge"),
  /** Send the CSR (§7.4). */
  FINALIZE("finalize"),
  /** Download the chain (§7.4.2). */
  CERTIFICATE("certificate"),
  /** Revoke a certificate (§7.6). */
  REVOKE_CERTIFICATE("revokeCert"),
  /** Read when a certificate should be renewed (RFC 9773 §4.1). */
  RENEWAL_INFO("renewalInfo"),
  /**
   * Find the signer of an account key that is elsewhere, and try it before an account depends on
   * it. No request of its own; a signature for a request fails as that request.
   */
  SIGN("sign"),
  /** Solve a challenge: set up, wait, clean up (§8). No request of its own. */
  SOLVE("solve"),
  /** The whole way from an order to its certificate. No request of its own. */
  ISSUE("issue");

  private final String word;

  AcmeOperation(String word) {
    this.word = word;
  }

  /** The operation as logs and messages name it. */
  @Override
  public String toString() {
    return word;
  }
}
