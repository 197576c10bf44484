package io.github.certflux.dns;

import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.Timing;
import java.nio.file.Path;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Leaves the writing to a program, called as lego's {@code exec} calls it: {@code PROGRAM present
 * NAME VALUE} and {@code PROGRAM cleanup NAME VALUE}, where the name ends with a dot. Exit status 0
 * means that it is done. To add a value must leave other values of the name alone, and {@code
 * cleanup} must do no harm where the value is not there.
 *
 * <p>One call at a time, in the environment and the directory of this process, with an empty
 * standard input. What the program writes to its standard output and error is dropped, but for the
 * beginning, which an error has. A program that takes too long, or whose caller cancels, is ended
 * together with the programs that it has started, and the next call waits until it is gone.
 */
public final class ProgramProvider implements DnsProvider {
  private static final Duration LIMIT = Duration.ofSeconds(50);
  private static final int LONGEST_NAME = 100;
  private static final String ALL = "";

  private final Path program;
  private final String name;
  private final Duration limit;
  private final Timing timing;
  private final Changes changes;

  private ProgramProvider(Path program, Duration limit, Scheduler timer) {
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("a program's time is longer than nothing, not " + limit);
    }
    String called = "program:" + program;
    this.program = program;
    this.name = called.substring(0, Math.min(called.length(), LONGEST_NAME));
    this.limit = limit;
    this.timing = new Timing(timer, JcaCrypto.drbg());
    this.changes = new Changes(timing, limit);
  }

  /**
   * A provider that gives each call 50 s.
   *
   * @param program an absolute path, or one from the directory of this process; never looked for in
   *     {@code PATH} unless it is a bare name
   * @return a provider that has called nothing yet
   */
  public static ProgramProvider create(Path program) {
    return create(program, LIMIT);
  }

  /**
   * A provider.
   *
   * @param program an absolute path, or one from the directory of this process
   * @param limit how long each call may take, longer than nothing
   * @return a provider that has called nothing yet
   * @throws IllegalArgumentException if the limit is out of range
   */
  public static ProgramProvider create(Path program, Duration limit) {
    return new ProgramProvider(program, limit, Schedulers.parallel());
  }

  /** {@inheritDoc} */
  @Override
  public String name() {
    return name;
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> add(TxtRecord record) {
    return called("present", record);
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> remove(TxtRecord record) {
    return called("cleanup", record);
  }

  private Mono<Void> called(String action, TxtRecord record) {
    return changes.of(
        ALL,
        change -> {
          Sinks.Empty<Void> unwanted = Sinks.empty();
          ProgramCall call =
              new ProgramCall(
                  timing, program.toString(), action, record.name() + ".", record.value());
          return change
              .step(call.run(limit, unwanted.asMono()))
              .doOnCancel(unwanted::tryEmitEmpty)
              .flatMap(
                  end -> end.isSuccess() ? Mono.empty() : Mono.error(failure(action, record, end)));
        });
  }

  private DnsException failure(String action, TxtRecord record, ProgramCall.End end) {
    String output = NotAcme.printable(end.output().strip());
    return new DnsException(
        Reason.FAILED,
        program.toString(),
        "",
        end.status().isPresent() ? "exit status " + end.status().getAsInt() : "",
        "the program failed to "
            + action
            + " a value of "
            + record.name()
            + ": "
            + end.what()
            + (output.isEmpty() ? "" : ", and said: " + output),
        end.cause().orElse(null));
  }

  @Override
  public String toString() {
    return name;
  }
}
