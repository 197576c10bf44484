package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.Order;
import java.net.URI;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A handle on an order (RFC 8555 §7.1.3). Every method is cold, and sends anew for each
 * subscription. Errors, tries and cancelling are as {@link AcmeAccount} says. What waits for the
 * server has no limit of its own, unlike {@link AcmeAccount#issue}: give it a {@code timeout}.
 * Thread-safe.
 */
public interface AcmeOrder {

  /** {@return the order's URL, with which {@link AcmeAccount#order(URI)} takes it up again} */
  URI url();

  /** {@return the order as it was last seen; may be old} */
  Order state();

  /**
   * Reads the order (RFC 8555 §7.4): one request.
   *
   * @return the order; {@link #state} from then on
   */
  Mono<Order> refresh();

  /**
   * Reads the order's authorizations (RFC 8555 §7.5), in its order: one request each, a few at a
   * time.
   *
   * @return the authorizations
   */
  Flux<Authorization> authorizations();

  /**
   * Proves control of every name that is still to be proved (RFC 8555 §7.5.1), and signals this
   * order once it is ready. The first solver is taken that fits one of an authorization's
   * challenges, and the next one that fits where it can't set the proof up. What was set up is
   * cleaned up in the end, also on failure and cancel; the client's {@link AcmeClient#disposeLater}
   * waits for that. For an order that was last seen {@code ready}, {@code processing} or {@code
   * valid} nothing is sent.
   *
   * @param solvers in the order of preference; the account's if none is given
   * @return this order. {@link AcmeAuthorizationException} if a name could not be validated or the
   *     order is {@code invalid}, {@link AcmeSolverException} if no solver fits, or none that does
   *     could set the proof up
   */
  Mono<AcmeOrder> authorize(ChallengeSolver... solvers);

  /**
   * Sends the CSR (RFC 8555 §7.4), waits for the certificate, and checks that it is for this key
   * and these names. A finalize whose answer was lost is not sent again blindly: the order is read
   * first; so is one that {@link AcmeAccount#order(java.net.URI)} found {@code ready}, for as long
   * as {@code rolloverWindow}, since it may have been finalized just before by somebody else, and a
   * replica be late to show it: a second finalize can spoil an order. For an order that was last
   * seen {@code processing} or {@code valid} nothing is sent, and its certificate is fetched: the
   * source must then be the key or CSR that was sent.
   *
   * @param csr a key, or a CSR that names what the order names
   * @return the certificate. {@link AcmeAuthorizationException} if the order failed, {@link
   *     AcmeProtocolException} also if the certificate is for another key or other names, {@link
   *     CsrFormatException} for a CSR and {@link KeyFormatException} for a key that can't be used,
   *     {@link IllegalStateException} if the order was last seen {@code pending}
   */
  default Mono<Certificate> finalizeWith(CsrSource csr) {
    return finalizeWith(csr, ChainPreference.servers());
  }

  /**
   * As {@link #finalizeWith(CsrSource)}, with a choice of chain (RFC 8555 §7.4.2). What alternates
   * cost is one request each, and half of {@code operationTime} in all; one that can't be fetched
   * ends the search, one of another certificate is passed over, and neither is an error.
   *
   * @param csr a key, or a CSR that names what the order names
   * @param preference which chain is wanted
   * @return the certificate, with the server's default chain if no other fits
   */
  Mono<Certificate> finalizeWith(CsrSource csr, ChainPreference preference);
}
