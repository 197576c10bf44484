package io.github.certflux.internal;

import io.github.certflux.protocol.Order;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** An order as Boulder sends it, from bytes to a checked snapshot. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OrderBenchmark {
  private static final URI DIRECTORY = URI.create("https://ca.test/directory");
  private static final URI ORDER = URI.create("https://ca.test/acme/order/1234567890/987654321");

  /** How many names it has; a CA allows 100. */
  @Param({"1", "100"})
  public int names = 1;

  private final Resources resources = new Resources(Urls.of(DIRECTORY, false));
  private byte[] json = {};

  /** Writes the order. */
  @Setup
  public void write() {
    StringBuilder identifiers = new StringBuilder();
    StringBuilder authorizations = new StringBuilder();
    for (int i = 0; i < names; i++) {
      String comma = i == 0 ? "" : ",";
      identifiers.append(
          """
          %s
              {
                "type": "dns",
                "value": "host-%d.example.org"
              }"""
              .formatted(comma, i));
      authorizations.append(
          """
          %s
              "https://ca.test/acme/authz/1234567890/%d\""""
              .formatted(comma, 123_456 + i));
    }
    json =
        """
        {
          "status": "valid",
          "expires": "2026-12-02T10:00:00Z",
          "identifiers": [%s
          ],
          "profile": "classic",
          "authorizations": [%s
          ],
          "finalize": "https://ca.test/acme/finalize/1234567890/987654321",
          "certificate": "https://ca.test/acme/cert/fa0123456789abcdef0123456789abcdef01"
        }"""
            .formatted(identifiers, authorizations)
            .getBytes(StandardCharsets.UTF_8);
  }

  /** One order. */
  @Benchmark
  public Order parse() {
    return resources.order(json, ORDER);
  }
}
