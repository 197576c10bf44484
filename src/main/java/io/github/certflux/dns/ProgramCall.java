package io.github.certflux.dns;

import io.github.certflux.internal.Timing;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A program that is called once. Whatever may block is done on threads for that, and none of them
 * waits: a program that it has started in turn, and that keeps the output open, would hold it.
 */
final class ProgramCall {
  private static final Duration LOOK = Duration.ofMillis(30);
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final Duration LAST_GRACE = Duration.ofSeconds(5);
  private static final int OUTPUT = 4_096;

  private final Timing timing;
  private final String[] command;
  private final Scheduler blocking = Schedulers.boundedElastic();
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  ProgramCall(Timing timing, String... command) {
    this.timing = timing;
    this.command = command;
  }

  /**
   * How it ended.
   *
   * @param status its exit status, if it came to that by itself
   * @param what what happened, for people
   * @param output the beginning of what it wrote
   * @param cause why it could not be started
   */
  record End(OptionalInt status, String what, String output, Optional<Throwable> cause) {
    boolean isSuccess() {
      return status.isPresent() && status.getAsInt() == 0;
    }
  }

  /**
   * Calls it, and signals how it ended: once it is gone.
   *
   * @param limit after how long it is ended
   * @param unwanted ends it before
   */
  Mono<End> run(Duration limit, Mono<Void> unwanted) {
    return Mono.fromCallable(this::start)
        .subscribeOn(blocking)
        .flatMap(
            process ->
                timing
                    .untilSeen(Mono.fromCallable(() -> look(process)).subscribeOn(blocking), LOOK)
                    .takeUntilOther(Mono.firstWithSignal(timing.delay(limit).then(), unwanted))
                    .switchIfEmpty(
                        killed(process)
                            .then(
                                Mono.fromSupplier(
                                    () ->
                                        end(
                                            OptionalInt.empty(),
                                            "it was ended, since it was not done in " + limit)))))
        .onErrorResume(
            IOException.class,
            error ->
                Mono.just(
                    new End(
                        OptionalInt.empty(),
                        "it can't be called: " + error.getMessage(),
                        "",
                        Optional.of(error))));
  }

  private Process start() throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    return process;
  }

  private @Nullable End look(Process process) throws IOException {
    boolean over = !process.isAlive(); // before the last of its output is read
    InputStream out = process.getInputStream();
    for (int ready = out.available(); ready > 0; ready = out.available()) {
      byte[] some = out.readNBytes(Math.min(ready, OUTPUT));
      output.write(some, 0, Math.min(some.length, OUTPUT - output.size()));
    }
    if (!over) {
      return null;
    }
    out.close();
    int status = process.exitValue();
    return end(OptionalInt.of(status), "exit status " + status);
  }

  private End end(OptionalInt status, String what) {
    return new End(status, what, output.toString(StandardCharsets.UTF_8), Optional.empty());
  }

  /** First asked to end, then made to, with those that it has started. */
  private Mono<Void> killed(Process process) {
    return Mono.fromCallable(
            () -> Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList())
        .subscribeOn(blocking)
        .flatMap(
            all ->
                ended(all, ProcessHandle::destroy, GRACE)
                    .switchIfEmpty(
                        Mono.defer(() -> ended(all, ProcessHandle::destroyForcibly, LAST_GRACE))))
        .then();
  }

  private interface Kill {
    boolean by(ProcessHandle process);
  }

  /** Empty where they are still there after the time. */
  private Mono<Boolean> ended(List<ProcessHandle> all, Kill kill, Duration time) {
    return Mono.fromRunnable(() -> all.forEach(kill::by))
        .subscribeOn(blocking)
        .then(
            timing.untilSeen(
                Mono.fromCallable(
                        () -> all.stream().anyMatch(ProcessHandle::isAlive) ? null : Boolean.TRUE)
                    .subscribeOn(blocking),
                LOOK))
        .takeUntilOther(timing.delay(time));
  }
}
