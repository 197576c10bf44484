package io.github.certflux.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A server's process. Its output goes to a file; it is killed when the JVM ends. */
final class ServerProcess {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final int LAST_LINES = 60;
  private static final Queue<Process> RUNNING = new ConcurrentLinkedQueue<>();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final String name;
  private final Process process;
  private final Path log;

  private ServerProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Whether a server answers yet; an error means no. */
  @FunctionalInterface
  interface Probe {
    boolean answers() throws Exception;
  }

  /** Starts a server, and waits until it answers or ends. */
  static ServerProcess start(
      String name, Path work, List<String> command, Map<String, String> environment, Probe probe) {
    Path log = work.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      RUNNING.add(process);
      ServerProcess server = new ServerProcess(name, process, log);
      server.awaitAnswer(probe);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(name + " did not start", e);
    }
  }

  private void awaitAnswer(Probe probe) {
    long end = System.nanoTime() + START.toNanos();
    while (!answers(probe)) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            name + " ended with status " + process.exitValue() + ":\n" + output());
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            name + " did not answer within " + START.toSeconds() + " s:\n" + output());
      }
      try {
        Thread.sleep(LOOK.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  private static boolean answers(Probe probe) {
    try {
      return probe.answers();
    } catch (Exception e) {
      return false;
    }
  }

  /** The end of what it has written, and where the rest is. */
  String output() {
    try {
      List<String> lines = Files.readAllLines(log);
      List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
      return "the end of " + log + ":\n" + String.join("\n", last);
    } catch (IOException e) {
      return "no output in " + log + ": " + e;
    }
  }
}
