package io.github.certflux.crash;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A {@link Program} in a process of its own. */
final class Child implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 90;

  private final Process process;
  private final CompletableFuture<Process> patience; // a child that hangs ends
  private final BufferedReader out;
  private final List<String> lines = new ArrayList<>();

  private Child(Process process) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.patience =
        process
            .onExit()
            .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
            .whenComplete((ended, late) -> process.toHandle().destroyForcibly());
  }

  static Child start(ChildJvm jvm, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(jvm.command(Program.class));
    command.addAll(arguments);
    return new Child(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Reads until such a line; whether one came before the end. */
  boolean reads(Predicate<String> wanted) {
    for (String line = next(); line != null; line = next()) {
      if (wanted.test(line)) {
        return true;
      }
    }
    return false;
  }

  /** Lets it go on after it has said that all is well. */
  void goOn() throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
  }

  private @Nullable String next() {
    try {
      String line = out.readLine();
      if (line != null) {
        lines.add(line);
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it after some more microseconds, and reads what it had said. */
  void killIn(long micros) throws InterruptedException {
    process.waitFor(micros, TimeUnit.MICROSECONDS);
    process.toHandle().destroyForcibly(); // the process's own would close what it had said
    reads(line -> false);
    process.waitFor();
  }

  /** Reads to its end, and expects that it went well. */
  Child wellEnded() throws InterruptedException {
    reads(line -> false);
    int status = process.waitFor();
    if (status != 0) {
      throw new AssertionError("status " + status + ":\n" + String.join("\n", lines));
    }
    return this;
  }

  /** What it told after this word, in order. */
  List<String> told(String word) {
    return lines.stream()
        .filter(line -> line.startsWith(word))
        .map(line -> line.substring(word.length()))
        .toList();
  }

  /** Everything that it wrote. */
  String output() {
    return String.join("\n", lines);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    patience.cancel(false);
  }
}
