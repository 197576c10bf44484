package io.github.certflux.internal;

/** How many requests are in flight, or never gave their place back. */
public final class Places {
  private Places() {}

  /** Those of a client. */
  public static int taken(Requests requests) {
    return requests.admission().inside();
  }
}
