package io.github.certflux.faults;

import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.TestCa;
import java.time.Duration;

/** What befalls one request of the flow, and must not cost the certificate. */
enum Trouble {
  ANSWER_LOST(Fault.loseAnswer()),
  REQUEST_LOST(Fault.loseAnswer().beforeProcessing()),
  CONNECTION_DROPPED(Fault.dropConnection()),
  CONNECTION_REFUSED(Fault.refuseConnection()),
  CUT_SHORT(Fault.cutShort()),
  REQUEST_DELAYED(Fault.delay(Duration.ofSeconds(3))),
  ANSWER_DELAYED(Fault.delay(Duration.ofSeconds(3)).afterProcessing()),
  DELAYED_AND_LOST(Fault.delay(Duration.ofSeconds(12)), Fault.loseAnswer()),
  GATEWAY_502(Fault.gatewayPage(502)),
  GATEWAY_502_AFTERWARDS(Fault.gatewayPage(502).afterProcessing()),
  GATEWAY_504(Fault.gatewayPage(504)),
  GATEWAY_504_AFTERWARDS(Fault.gatewayPage(504).afterProcessing()),
  HTML(Fault.html()),
  HTML_AFTERWARDS(Fault.html().afterProcessing()),
  TOO_LARGE(Fault.hugeBody(100_000_000).afterProcessing()),
  BUSY_SECONDS(Fault.unavailable(Duration.ofSeconds(4))),
  BUSY_DATE(Fault.unavailable(Duration.ofSeconds(4)).asHttpDate()),
  BUSY(Fault.unavailable(Duration.ZERO)),
  GATEWAY_BUSY_SECONDS(Fault.gatewayUnavailable(Duration.ofSeconds(4))),
  GATEWAY_BUSY(Fault.gatewayUnavailable(Duration.ZERO)),
  RATE_LIMITED_SECONDS(Fault.rateLimited(Duration.ofSeconds(7))),
  RATE_LIMITED_DATE(Fault.rateLimited(Duration.ofSeconds(7)).asHttpDate()),
  INTERNAL_ERROR(Fault.serverInternal()),
  INTERNAL_ERROR_AFTERWARDS(Fault.serverInternal().afterProcessing()),
  NO_NONCE(Fault.withoutNonce()),
  NONCE_REFUSED(Fault.badNonce()),
  NONCE_REFUSED_THRICE(3, Fault.badNonce()),
  NOT_FOUND_YET(Fault.problem(CaProblem.of(404, "malformed", "no such resource"))),
  ACCOUNT_NOT_FOUND_YET(Fault.problem(CaProblem.of(400, "accountDoesNotExist", "no such account")));

  @SuppressWarnings("ImmutableEnumChecker") // never written to
  private final Fault[] faults;

  private final int times;

  Trouble(Fault... faults) {
    this(1, faults);
  }

  Trouble(int times, Fault... faults) {
    this.times = times;
    this.faults = faults;
  }

  /** Whether the CA may have done what was asked before the trouble came. */
  boolean mayBeDone() {
    return switch (this) {
      case ANSWER_LOST,
          CONNECTION_DROPPED,
          CUT_SHORT,
          DELAYED_AND_LOST,
          GATEWAY_502_AFTERWARDS,
          GATEWAY_504_AFTERWARDS,
          HTML_AFTERWARDS,
          TOO_LARGE,
          INTERNAL_ERROR_AFTERWARDS ->
          true;
      default -> false;
    };
  }

  boolean befalls(Step step) {
    boolean signed = step.endpoint != Endpoint.DIRECTORY && step.endpoint != Endpoint.NEW_NONCE;
    return switch (this) {
      case NOT_FOUND_YET -> step.isOfSomethingNew();
      case ACCOUNT_NOT_FOUND_YET -> step.namesTheAccount();
      case NONCE_REFUSED, NONCE_REFUSED_THRICE -> signed;
      case HTML -> step != Step.FETCH_A_NONCE; // an answer to HEAD has no body
      default -> true;
    };
  }

  void strike(TestCa ca, Step step) {
    ca.faults().on(step.endpoint).times(times).then(faults);
  }
}
