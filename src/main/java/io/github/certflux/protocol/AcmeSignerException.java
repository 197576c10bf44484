package io.github.certflux.protocol;

import org.jspecify.annotations.Nullable;

/**
 * An account key that is elsewhere, in a KMS or an HSM, was not found by its reference, is another
 * key than the account's, or gave no valid signature. Nothing was sent for want of it: where the
 * answer to an earlier try was lost, the error is that one, and this is suppressed in it.
 */
public final class AcmeSignerException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /** What names the key. */
  private final String reference;

  /**
   * A signer that could not be used.
   *
   * @param at what it was to sign; {@link AcmeOperation#SIGN} where it was looked up
   * @param reference what names its key
   * @param what what happened
   * @param advice what to do next
   * @param cause the signer's error
   */
  public AcmeSignerException(
      At at, String reference, String what, String advice, @Nullable Throwable cause) {
    super(at, "the signer " + reference + " " + what, advice, cause);
    this.reference = reference;
  }

  /** {@return what names the key, as it is stored} */
  public String reference() {
    return reference;
  }
}
