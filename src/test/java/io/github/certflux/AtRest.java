package io.github.certflux;

import io.github.certflux.internal.Places;

/** What a client that is closed must not hold any more. */
public final class AtRest {
  private AtRest() {}

  /** How many places for requests are taken. */
  public static int placesTaken(AcmeClient client) {
    return Places.taken(((DefaultAcmeClient) client).requests);
  }
}
