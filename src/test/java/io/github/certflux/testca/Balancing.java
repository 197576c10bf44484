package io.github.certflux.testca;

/** How one is chosen among several, for each request anew. */
public enum Balancing {
  /** One after the other. */
  ROUND_ROBIN,
  /** At random, by the CA's source of randomness. */
  RANDOM
}
