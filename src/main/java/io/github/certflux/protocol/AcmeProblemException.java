package io.github.certflux.protocol;

import org.jspecify.annotations.Nullable;

/** The server refused, and said why in a problem document (RFC 8555 §6.7). */
public class AcmeProblemException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /** The HTTP status. */
  private final int status;

  private final transient Problem problem;

  /**
   * A refusal.
   *
   * @param at where it came from
   * @param status the HTTP status of the answer; 200 for an error inside an order or challenge
   * @param problem the problem document
   */
  public AcmeProblemException(At at, int status, Problem problem) {
    this(at, status, problem, advice(problem), null);
  }

  /**
   * A refusal with advice of its own.
   *
   * @param at where it came from
   * @param status the HTTP status
   * @param problem the problem document
   * @param advice what to do next
   * @param cause what caused it
   */
  protected AcmeProblemException(
      At at, int status, Problem problem, String advice, @Nullable Throwable cause) {
    super(at, status == 0 ? problem.toString() : problem + " [HTTP " + status + "]", advice, cause);
    this.status = status;
    this.problem = problem;
  }

  /**
   * {@return the HTTP status; 200 for an error found inside an order, authorization or challenge, 0
   * where nothing was sent}
   */
  public int status() {
    return status;
  }

  /** {@return the problem document} */
  public Problem problem() {
    return problem;
  }

  static String advice(Problem problem) {
    return switch (problem.name()) {
      case "accountDoesNotExist" -> "the server does not know this account: create it again";
      case "alreadyRevoked" -> "nothing is left to do";
      case "badPublicKey" -> "choose another key type";
      case "caa" -> "a CAA record forbids this CA: change the record or the CA";
      case "dns" -> "check the name's DNS records, as seen from outside";
      case "connection" -> "the CA could not connect: check addresses, ports and firewalls";
      case "invalidContact", "unsupportedContact" -> "correct the contact address";
      case "rejectedIdentifier", "unsupportedIdentifier" -> "the CA does not issue for this name";
      default -> "";
    };
  }

  @Override
  public boolean outcomeUnknown() {
    return status >= 500 && status != 503;
  }
}
