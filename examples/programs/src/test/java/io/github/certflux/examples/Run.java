package io.github.certflux.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A program that runs in a process, with a folder of its own for temporary files. */
final class Run {
  private static final long LONG_SECONDS = 120;

  private final Process process;
  private final Path out;
  private final Path err;
  private final Path temporary;

  private Run(Process process, Path out, Path err, Path temporary) {
    this.process = process;
    this.out = out;
    this.err = err;
    this.temporary = temporary;
  }

  static Run start(Class<?> program, Object... arguments) {
    try {
      Path folder = Files.createTempDirectory("examples-test-");
      Path temporary = Files.createDirectory(folder.resolve("tmp"));
      Path out = folder.resolve("out");
      Path err = folder.resolve("err");
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-Djava.io.tmpdir=" + temporary,
                  "-cp",
                  System.getProperty("java.class.path"),
                  program.getName()));
      for (Object argument : arguments) {
        command.add(argument.toString());
      }
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      return new Run(process, out, err, temporary);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a program to its end. */
  static Run of(Class<?> program, Object... arguments) {
    Run run = start(program, arguments);
    run.status();
    return run;
  }

  int status() {
    try {
      if (!process.waitFor(LONG_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("still running:\n" + out() + err());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until the output has this. */
  Run until(String words) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONG_SECONDS);
    while (!out().contains(words)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("no \"" + words + "\" in:\n" + out() + err());
      }
      Thread.onSpinWait();
    }
    return this;
  }

  /** As Ctrl-C does, or {@code kill}. */
  Run interrupt() {
    process.destroy();
    return this;
  }

  String out() {
    return text(out);
  }

  String err() {
    return text(err);
  }

  /** The last line of the output. */
  JsonNode json() {
    List<String> lines = out().lines().toList();
    return JsonMapper.shared().readTree(lines.get(lines.size() - 1));
  }

  /** What was left behind, but for the JVM's own. */
  List<String> leftBehind() {
    try (var files = Files.list(temporary)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("certflux"))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
