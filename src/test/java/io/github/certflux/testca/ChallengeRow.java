package io.github.certflux.testca;

import io.github.certflux.protocol.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A challenge of an authorization; its type names it there. */
record ChallengeRow(
    String type,
    String token,
    Status status,
    @Nullable Instant validated,
    @Nullable CaProblem error) {

  ChallengeRow withStatus(Status status) {
    return new ChallengeRow(type, token, status, validated, error);
  }

  ChallengeRow passed(Instant when) {
    return new ChallengeRow(type, token, Status.VALID, when, null);
  }

  ChallengeRow failed(Instant when, CaProblem why) {
    return new ChallengeRow(type, token, Status.INVALID, when, why);
  }
}
