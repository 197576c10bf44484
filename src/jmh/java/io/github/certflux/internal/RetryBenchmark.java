package io.github.certflux.internal;

import io.github.certflux.internal.RetryTable.Decision;
import io.github.certflux.internal.RetryTable.Standing;
import io.github.certflux.protocol.AcmeOperation;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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

/** What a refusal costs before anything is sent again. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RetryBenchmark {
  private static final URI ORDER = URI.create("https://ca.test/acme/order/1234567890/987654321");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Standing IN_A_WINDOW =
      new Standing(
          AcmeOperation.ORDER,
          5,
          0,
          1,
          1,
          true,
          true,
          true,
          0,
          false,
          false,
          Duration.ofMinutes(1),
          Duration.ofMinutes(1),
          false);

  /** What the server says. */
  public enum Refusal {
    /** A front end that does not know the account's new key. */
    KEY(400, "malformed", "JWS verification error"),
    /** Somebody else has used the nonce. */
    NONCE(400, "badNonce", "JWS has an invalid anti-replay nonce"),
    /** A server that is busy. */
    BUSY(503, "rateLimited", "Service busy; retry later.");

    private final int status;
    private final String type;
    private final String detail;

    Refusal(int status, String type, String detail) {
      this.status = status;
      this.type = type;
      this.detail = detail;
    }

    private AcmeResponse answer() {
      String problem =
          """
          {
            "type": "urn:ietf:params:acme:error:%s",
            "detail": "%s",
            "status": %d
          }"""
              .formatted(type, detail, status);
      return new AcmeResponse(
          status,
          null,
          null,
          status == 503 ? "3" : null,
          null,
          "application/problem+json",
          List.of(),
          problem.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Which refusal. */
  @Param public Refusal refusal = Refusal.KEY;

  private AcmeResponse answer = Refusal.KEY.answer();
  private Failure failure = failure();

  /** Makes the answer. */
  @Setup
  public void refuse() {
    answer = refusal.answer();
    failure = failure();
  }

  /** The answer is read, problem document and headers. */
  @Benchmark
  public Failure failure() {
    return Failure.answered(AcmeOperation.ORDER, ORDER, answer, NOW);
  }

  /** What is done about it. */
  @Benchmark
  public Decision decide() {
    return RetryTable.decide(failure, IN_A_WINDOW);
  }
}
