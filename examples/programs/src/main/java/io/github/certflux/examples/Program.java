package io.github.certflux.examples;

import io.github.certflux.protocol.AcmeException;
import io.github.certflux.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

/** What every example is as a program: options, exit status, messages, and an end by Ctrl-C. */
final class Program {
  static final int DONE = 0;
  static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private static final Sinks.Empty<Void> INTERRUPTED = Sinks.empty();

  private static final Scheduler BLOCKING = oneThread();

  private Program() {}

  /** Something to tell the user, and nothing more. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failure(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Runs a command, and ends the JVM with its exit status. */
  static void run(Callable<Integer> command, String... args) {
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupt(ended), "interrupted"));
    int status = FAILED;
    try {
      status =
          new CommandLine(command)
              .setCaseInsensitiveEnumValuesAllowed(true)
              .setParameterExceptionHandler(Program::wrongUsage)
              .setExecutionExceptionHandler((error, line, result) -> failed(error))
              .execute(args);
    } finally {
      ended.countDown();
    }
    System.exit(status);
  }

  /** Ends the work at Ctrl-C; the JVM stays until all is cleaned up. */
  static <T> Mono<T> untilInterrupted(Mono<T> work) {
    return Mono.firstWithSignal(
        work, interrupted().then(Mono.error(() -> new Failure("interrupted", null))));
  }

  /** Completes at Ctrl-C. */
  static Mono<Void> interrupted() {
    return INTERRUPTED.asMono();
  }

  /** Work with files and the like, which must not be done on an event loop. */
  static <T> Mono<T> blocking(Callable<T> work) {
    return Mono.fromCallable(work).subscribeOn(BLOCKING);
  }

  /** There is little to do, at the beginning and the end: a thread that goes when it is idle. */
  private static Scheduler oneThread() {
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread made = new Thread(work, "blocking");
              made.setDaemon(true);
              return made;
            });
    thread.allowCoreThreadTimeOut(true);
    return Schedulers.fromExecutorService(thread);
  }

  private static void interrupt(CountDownLatch ended) {
    INTERRUPTED.tryEmitEmpty();
    try {
      ended.await(15, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int wrongUsage(CommandLine.ParameterException error, String... args) {
    String name = error.getCommandLine().getCommandSpec().qualifiedName();
    System.err.println(name + ": " + error.getMessage());
    System.err.println("examples/run " + name + " --help shows its options");
    return WRONG_USAGE;
  }

  private static int failed(Exception error) {
    LoggerFactory.getLogger(Program.class).debug("failed", error);
    System.out.flush();
    System.err.println(message(error));
    return FAILED;
  }

  /** An error of the library says what happened, where, and what to do. */
  private static String message(Throwable error) {
    return error instanceof AcmeException
            || error instanceof StoreException
            || error instanceof Failure
            || error instanceof IllegalArgumentException
        ? error.getMessage()
        : error.toString();
  }

  /** What was wrong with a file. */
  static String reason(IOException error) {
    if (!(error instanceof FileSystemException named)) {
      return String.valueOf(error.getMessage());
    }
    String why = named.getReason();
    if (why == null) {
      why =
          error instanceof NoSuchFileException
              ? "no such file or folder"
              : error instanceof AccessDeniedException
                  ? "permission denied"
                  : error instanceof FileAlreadyExistsException
                      ? "not a folder"
                      : error.getClass().getSimpleName();
    }
    return named.getFile() + ": " + why;
  }

  /** Wrong usage, unless it holds. */
  static void require(@Nullable CommandSpec command, boolean condition, String message) {
    if (!condition) {
      throw new CommandLine.ParameterException(
          Objects.requireNonNull(command, "set by picocli").commandLine(), message);
    }
  }

  /** Prints an object for people, and as one line of JSON if that is wanted. */
  static void print(Map<String, ?> object, boolean json) {
    Map<String, Object> plain = new LinkedHashMap<>();
    object.forEach((name, value) -> plain.put(name, plain(value)));
    int width = plain.keySet().stream().mapToInt(String::length).max().orElse(0);
    plain.forEach(
        (name, value) ->
            System.out.println((name + " ".repeat(width - name.length())) + "  " + value));
    if (json) {
      printJson(plain);
    }
  }

  /** What JSON has as it is, and the words of all else. */
  private static Object plain(Object value) {
    return value instanceof Number
            || value instanceof Boolean
            || value instanceof List<?>
            || value instanceof Map<?, ?>
        ? value
        : value.toString();
  }

  /** Prints an object as one line. */
  static void printJson(Map<String, ?> object) {
    System.out.println(JsonMapper.shared().writeValueAsString(object));
  }
}
