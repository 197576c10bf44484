package io.github.certflux.testca;

/**
 * How an answer reaches the client.
 *
 * @param answer the answer
 * @param ending whether it does
 * @param hugeBytes the size of a body to stream in place of the answer's; 0 for the answer's
 */
record Delivery(Answer answer, Ending ending, long hugeBytes) {

  enum Ending {
    COMPLETE,
    LOST,
    CUT_SHORT,
    CONNECTION_DROPPED,
    NOT_SENT
  }
}
