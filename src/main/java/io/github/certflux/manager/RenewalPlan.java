package io.github.certflux.manager;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * When a certificate is renewed: drawn once for each window, and the same on all nodes.
 *
 * @param renewAt the time
 * @param window as the CA suggested it; empty where it suggests none
 * @param explanation why the window is where it is, for people
 * @param checkAt when the CA is asked again
 */
record RenewalPlan(
    Instant renewAt, Optional<Window> window, Optional<URI> explanation, Instant checkAt) {

  RenewalPlan checkedAgain(Instant at) {
    return new RenewalPlan(renewAt, window, explanation, at);
  }
}
