package io.github.certflux.contract;

import static java.util.stream.Collectors.joining;

import io.github.certflux.contract.Programs.Missing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** The servers of this test run: each is started once, when it is first asked for. */
final class Servers {
  private static final Map<String, AcmeServer> STARTED = new LinkedHashMap<>();
  private static final Map<String, String> MISSING = new LinkedHashMap<>();

  private Servers() {}

  /** Starts a server. */
  @FunctionalInterface
  interface Starter<S extends AcmeServer> {
    S start() throws Missing;
  }

  /**
   * A server that may not be there: then the tests are aborted, or fail where {@code
   * certflux.servers} is {@code required}.
   */
  static synchronized <S extends AcmeServer> S started(
      String name, Class<S> type, Starter<S> starter) {
    AcmeServer known = STARTED.get(name);
    if (known != null) {
      return type.cast(known);
    }
    try {
      S server = starter.start();
      STARTED.put(name, server);
      return server;
    } catch (Missing e) {
      MISSING.put(name, String.valueOf(e.getMessage()));
      String why = "no " + name + " here: " + e.getMessage();
      return "required".equals(System.getProperty("certflux.servers"))
          ? Assertions.fail(why)
          : Assumptions.abort(why);
    } catch (RuntimeException e) {
      MISSING.put(name, "it did not start");
      throw e;
    }
  }

  /** Which servers the suite ran against, and which it did not; empty when it did not run. */
  static synchronized List<String> report() {
    List<String> lines = new ArrayList<>();
    if (!STARTED.isEmpty()) {
      lines.add(
          "contract suite ran against: "
              + STARTED.values().stream().map(AcmeServer::title).collect(joining(", ")));
    }
    MISSING.forEach(
        (name, why) -> lines.add("contract suite NOT run against " + name + ": " + why));
    return lines;
  }
}
