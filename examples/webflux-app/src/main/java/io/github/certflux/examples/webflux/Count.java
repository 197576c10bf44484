package io.github.certflux.examples.webflux;

/**
 * What is counted.
 *
 * @param operations ended
 * @param failed of them
 * @param refused requests refused for their key, which is no failure: they are sent again
 */
record Count(int operations, int failed, int refused) {
  static final Count NOTHING = new Count(0, 0, 0);
  static final Count DONE = new Count(1, 0, 0);
  static final Count FAILED = new Count(1, 1, 0);
  static final Count REFUSED = new Count(0, 0, 1);

  Count plus(Count other) {
    return new Count(operations + other.operations, failed + other.failed, refused + other.refused);
  }
}
