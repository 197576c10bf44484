package io.github.certflux.testca;

import io.github.certflux.protocol.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Validations under way. */
final class Validations {
  private static final Duration VALID_FOR = Duration.ofDays(30);

  private final Core core;
  private final Set<Long> underWay = new HashSet<>();

  Validations(Core core) {
    this.core = core;
  }

  /**
   * Starts to validate a challenge, once.
   *
   * @return the challenge as the answer shows it
   */
  ChallengeRow trigger(Call call, AuthorizationRow authorization, ChallengeRow challenge) {
    String url = call.accountUrl(authorization.account());
    AuthorizationRow latest = core.orders.latestAuthorization(authorization.id());
    if (latest == null || !latest.status().equals(Status.PENDING)) {
      throw Refusal.malformed("authorization must be pending");
    }
    ChallengeRow shown = challenge;
    if (core.settings.showProcessing()) {
      shown = challenge.withStatus(Status.PROCESSING);
      core.orders.change(authorization.id(), shown);
    }
    String atTrigger = null;
    if (core.settings.keyAuthorizationTime() == KeyAuthorizationTime.AT_TRIGGER) {
      AccountRow account = core.accounts.seen(authorization.account());
      if (account == null) {
        throw Refusal.serverInternal("Unable to update challenge"); // a replica without it yet
      }
      atTrigger = keyAuthorization(account, challenge);
    }
    synchronized (this) {
      if (!underWay.add(authorization.id())) {
        return shown;
      }
    }
    String expected = atTrigger;
    core.clock.after(
        core.settings.validationDelay(), () -> validate(authorization, challenge, url, expected));
    return shown;
  }

  /** How many are under way. */
  synchronized int underWay() {
    return underWay.size();
  }

  private static String keyAuthorization(@Nullable AccountRow account, ChallengeRow challenge) {
    return challenge.token() + "." + (account == null ? "" : account.thumbprint());
  }

  private void validate(
      AuthorizationRow authorization,
      ChallengeRow challenge,
      String accountUrl,
      @Nullable String atTrigger) {
    String expected =
        atTrigger != null
            ? atTrigger
            : keyAuthorization(core.accounts.latest(authorization.account()), challenge);
    Optional<CaProblem> ordered = core.failures.validation(authorization.identifier().value());
    if (ordered.isPresent()) {
      decide(authorization, challenge, ordered.get());
      return;
    }
    ProofRequest proof =
        new ProofRequest(
            challenge.type(),
            authorization.identifier(),
            authorization.wildcard(),
            challenge.token(),
            expected,
            accountUrl);
    Mono.defer(() -> core.settings.validation().check(proof))
        .subscribe(
            problem -> decide(authorization, challenge, problem),
            error ->
                decide(
                    authorization,
                    challenge,
                    CaProblem.of(400, "connection", "Validation failed: " + error.getMessage())),
            () -> decide(authorization, challenge, null));
  }

  private void decide(
      AuthorizationRow authorization, ChallengeRow challenge, @Nullable CaProblem problem) {
    boolean first;
    synchronized (this) {
      first = underWay.remove(authorization.id());
    }
    if (first) {
      core.orders.decide(
          authorization.id(),
          problem == null
              ? challenge.passed(core.clock.now())
              : challenge.failed(core.clock.now(), problem),
          problem == null ? core.clock.now().plus(VALID_FOR) : authorization.expires());
    }
  }
}
