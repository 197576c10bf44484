package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeSignerException;
import org.jspecify.annotations.Nullable;

/** A signer gave no signature that could be sent; whoever asked for it knows what it was for. */
public final class SignerFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reference;
  private final String what;

  SignerFailure(String reference, String what, @Nullable Throwable cause) {
    super("the signer " + reference + " " + what, cause, false, false);
    this.reference = reference;
    this.what = what;
  }

  /** The error that the caller gets. */
  public AcmeSignerException at(AcmeException.At at) {
    return new AcmeSignerException(
        at, reference, what, "nothing was sent: try again once the signer works", getCause());
  }
}
