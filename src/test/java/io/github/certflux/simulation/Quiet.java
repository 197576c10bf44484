package io.github.certflux.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** What the client logs of trouble, which is drawn here by the thousand, is not shown. */
final class Quiet {
  private static final Logger LIBRARY = (Logger) LoggerFactory.getLogger("io.github.certflux");

  private Quiet() {}

  static void log() {
    LIBRARY.setLevel(Level.ERROR);
  }

  static void end() {
    LIBRARY.setLevel(null);
  }
}
