package io.github.certflux.faults;

import io.github.certflux.testca.Endpoint;

/** Where a fault strikes: the first request to an endpoint from the beginning of a step on. */
enum Step {
  READ_THE_DIRECTORY(Endpoint.DIRECTORY),
  FETCH_A_NONCE(Endpoint.NEW_NONCE),
  CREATE_THE_ACCOUNT(Endpoint.NEW_ACCOUNT),
  READ_DETAILS(Endpoint.ACCOUNT),
  UPDATE_CONTACTS(Endpoint.ACCOUNT),
  AGREE_TO_TERMS(Endpoint.ACCOUNT),
  ROLL_OVER(Endpoint.KEY_CHANGE),
  CONFIRM_THE_ROLLOVER(Endpoint.NEW_ACCOUNT),
  READ_DETAILS_IN_THE_WINDOW(Endpoint.ACCOUNT),
  ORDER(Endpoint.NEW_ORDER),
  READ_AUTHORIZATIONS(Endpoint.AUTHORIZATION),
  TRIGGER_CHALLENGES(Endpoint.CHALLENGE),
  POLL_FOR_READY(Endpoint.ORDER),
  FINALIZE(Endpoint.FINALIZE),
  POLL_FOR_VALID(Endpoint.ORDER),
  DOWNLOAD(Endpoint.CERTIFICATE);

  final Endpoint endpoint;

  Step(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** Whether its requests are signed in the name of the account. */
  boolean namesTheAccount() {
    return switch (endpoint) {
      case DIRECTORY, NEW_NONCE, NEW_ACCOUNT -> false;
      default -> true;
    };
  }

  /** Whether its URL was given by the CA a moment ago, so that a replica may not know it yet. */
  boolean isOfSomethingNew() {
    return namesTheAccount() && endpoint != Endpoint.KEY_CHANGE && endpoint != Endpoint.NEW_ORDER;
  }
}
