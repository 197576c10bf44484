package io.github.certflux.testca;

/** One header line of an answer. */
record Header(String name, String value) {}
