package io.github.certflux.dns;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A record could not be written or looked up: why, at which server, in which zone. */
public class DnsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure it was. */
  public enum Reason {
    /** No answer in time, or no connection. */
    UNREACHABLE,
    /** There is no zone for the name, or not at this server. */
    NO_ZONE,
    /** The server does not take the key, signature, token or password. */
    CREDENTIALS,
    /** The clocks of server and client are too far apart (TSIG's BADTIME). */
    CLOCK,
    /** The server knows who asks, and does not allow it. */
    REFUSED,
    /** Too many requests, for longer than was waited. */
    LIMITED,
    /** The server could not do it. */
    FAILED,
    /** What came back can't be read, is not signed, or can't be believed. */
    ANSWER,
    /** Not all servers of the zone show the record, though it was written. */
    NOT_SHOWN
  }

  /** What kind of failure it was. */
  private final Reason reason;

  /** Who was asked. */
  private final String server;

  /** The zone; empty if unknown. */
  private final String zone;

  /** The server's code; empty if there is none. */
  private final String code;

  /** The message without all that. */
  private final String what;

  /**
   * A failure.
   *
   * @param reason what kind of failure it was
   * @param server who was asked: address and port, or a host
   * @param zone the zone concerned; empty if it is not known
   * @param code the server's own code, such as the RCODE {@code NOTAUTH} or {@code HTTP 403}; empty
   *     where nothing came back
   * @param what what happened and what to do, for people, without a secret
   * @param cause what caused it
   */
  public DnsException(
      Reason reason,
      String server,
      String zone,
      String code,
      String what,
      @Nullable Throwable cause) {
    super(
        what
            + " (server "
            + server
            + (zone.isEmpty() ? "" : ", zone " + zone)
            + (code.isEmpty() ? "" : ", " + code)
            + ")",
        cause);
    this.reason = reason;
    this.server = server;
    this.zone = zone;
    this.code = code;
    this.what = what;
  }

  /** {@return what kind of failure it was} */
  public Reason reason() {
    return reason;
  }

  /** {@return who was asked: address and port, or a host} */
  public String server() {
    return server;
  }

  /** {@return the zone concerned, if it is known} */
  public Optional<String> zone() {
    return given(zone);
  }

  /** {@return the server's own code, such as an RCODE, where something came back} */
  public Optional<String> code() {
    return given(code);
  }

  /** What happened, without where. */
  String what() {
    return what;
  }

  private static Optional<String> given(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
