package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** An authorization in the database. */
record AuthorizationRow(
    long id,
    long account,
    Identifier identifier,
    boolean wildcard,
    Status status,
    Instant expires,
    List<ChallengeRow> challenges) {

  AuthorizationRow withStatus(Status status) {
    return new AuthorizationRow(id, account, identifier, wildcard, status, expires, challenges);
  }

  /** With a challenge in the place of the one of the same type. */
  AuthorizationRow with(ChallengeRow challenge) {
    List<ChallengeRow> changed = new ArrayList<>(challenges);
    changed.replaceAll(c -> c.type().equals(challenge.type()) ? challenge : c);
    return new AuthorizationRow(
        id, account, identifier, wildcard, status, expires, List.copyOf(changed));
  }

  /** Decided by one challenge, which is the only one then. */
  AuthorizationRow decided(ChallengeRow challenge, Instant until) {
    return new AuthorizationRow(
        id, account, identifier, wildcard, challenge.status(), until, List.of(challenge));
  }
}
