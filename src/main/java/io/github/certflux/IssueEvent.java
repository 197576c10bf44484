package io.github.certflux;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import java.util.Optional;

/**
 * A step on the way to a certificate. They begin again with {@link Kind#ORDERED} where another
 * order was needed.
 *
 * @param kind which step
 * @param order the order as it was last seen
 * @param identifier the name concerned, for steps of one name
 * @param detail what a person wants to know, such as the challenge's type; may be empty
 * @param certificate the certificate, with {@link Kind#ISSUED}
 */
public record IssueEvent(
    Kind kind,
    Order order,
    Optional<Identifier> identifier,
    String detail,
    Optional<Certificate> certificate) {

  /** The steps. */
  public enum Kind {
    /** The server has the order, new or resumed. */
    ORDERED,
    /**
     * A name is authorized already, from an earlier order. Where all names are, the order is ready
     * at once and this is not told.
     */
    REUSED,
    /** The proof for a name stands; told again where a key rollover made it stale. */
    PRESENTED,
    /**
     * The proof for a name could not be seen from here ({@link LookFirst#advisory}); the detail
     * says what was expected and found, and where. The server is told to look all the same.
     */
    UNSEEN,
    /** The server was told to look at the proof for a name. */
    TRIGGERED,
    /** Every name is authorized. */
    READY,
    /** The server has the CSR; told again where it had to be sent again. */
    FINALIZED,
    /** The certificate is here; the last event. */
    ISSUED
  }
}
