package io.github.certflux.manager;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that happened to a certificate that is kept valid.
 *
 * @param kind what
 * @param names what the certificate is for, as they were given to {@link
 *     CertificateManager#manage}, normalised
 * @param certificate the current one; empty as long as there is none
 * @param ca the directory of the CA concerned, where there is one
 * @param error why it failed
 * @param next after a failure: when it is tried again, empty if a person must act first; of {@code
 *     FOUND}, {@code OBTAINED}, {@code RENEWED} and {@code MOVED_UP}: when renewal is planned
 * @param explanation of {@code MOVED_UP}: the CA's page about it, for people
 */
public record CertificateEvent(
    Kind kind,
    List<String> names,
    Optional<ManagedCertificate> certificate,
    Optional<URI> ca,
    Optional<Throwable> error,
    Optional<Instant> next,
    Optional<URI> explanation) {

  /** What happened. */
  public enum Kind {
    /** A stored certificate is still good, and is used. */
    FOUND,
    /** There was no certificate, and now there is one: obtained by this node or by another. */
    OBTAINED,
    /** There is a newer certificate: renewed by this node, by another, or imported. */
    RENEWED,
    /**
     * An attempt failed. The certificate there was is used on. Where there is none yet, it may be
     * one of another node, or before a restart: the error then has the reason that is stored.
     */
    FAILED,
    /** The CA wants it renewed sooner than it had said (RFC 9773), as before it revokes many. */
    MOVED_UP,
    /** A sixth of the lifetime is left; told once for each certificate. */
    ENDS_SOON,
    /** It is no longer valid; told once. It is used on, for lack of another. */
    EXPIRED;

    /** {@return how logs and meters call it, such as {@code ends-soon}} */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Names and kind, and what there is beside them. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(kind.name()).append(' ').append(names);
    certificate.ifPresent(c -> text.append(" until ").append(c.notAfter()));
    error.ifPresent(e -> text.append(": ").append(e.getMessage()));
    next.ifPresent(n -> text.append(", next ").append(n));
    return text.toString();
  }
}
