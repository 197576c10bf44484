package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order in the database. It is {@code pending} there until it is finalized or fails: whether it
 * is {@code ready} follows from its authorizations.
 */
record OrderRow(
    long id,
    long account,
    List<Identifier> identifiers,
    List<Long> authorizations,
    Status status,
    Instant expires,
    String profile,
    String replaces,
    @Nullable CaProblem error,
    @Nullable String serial) {

  OrderRow withStatus(Status status) {
    return new OrderRow(
        id,
        account,
        identifiers,
        authorizations,
        status,
        expires,
        profile,
        replaces,
        error,
        serial);
  }

  OrderRow issued(String serial) {
    return new OrderRow(
        id,
        account,
        identifiers,
        authorizations,
        Status.VALID,
        expires,
        profile,
        replaces,
        error,
        serial);
  }

  OrderRow failed(CaProblem error) {
    return new OrderRow(
        id,
        account,
        identifiers,
        authorizations,
        Status.INVALID,
        expires,
        profile,
        replaces,
        error,
        serial);
  }
}
