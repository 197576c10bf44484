package io.github.certflux.protocol;

/**
 * The server does not offer what was asked for, as its directory or the account shows. Nothing was
 * sent.
 */
public final class AcmeNotOfferedException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /**
   * Something that the server does not offer.
   *
   * @param at the request that was not sent
   * @param what what is missing, and what is there instead
   */
  public AcmeNotOfferedException(At at, String what) {
    super(at, what, "", null);
  }
}
