package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.protocol.Order;
import java.net.URI;
import reactor.core.publisher.Mono;

/**
 * A handle on an order (RFC 8555 §7.1.3). Every method is cold, and sends anew for each
 * subscription. Thread-safe.
 */
public interface AcmeOrder {

  /** The order's URL, with which {@link AcmeAccount#order(URI)} takes it up again. */
  URI url();

  /** The order as it was last seen; may be old. */
  Order state();

  /** Reads the order: one request. */
  Mono<Order> refresh();

  /**
   * Proves control of every name that is still to be proved (RFC 8555 §7.5.1), and signals this
   * order once it is ready. The first solver is taken that fits one of an authorization's
   * challenges. What was set up is cleaned up in the end, also on failure and cancel; the client's
   * {@link AcmeClient#disposeLater} waits for that.
   *
   * @param solvers the client's solvers if none is given
   */
  Mono<AcmeOrder> authorize(ChallengeSolver... solvers);

  /**
   * Sends the CSR (RFC 8555 §7.4), waits for the certificate, and checks that it is for this key
   * and these names. A finalize whose answer was lost is not sent again blindly: the order is read
   * first.
   */
  Mono<Certificate> finalizeWith(CsrSource csr);
}
