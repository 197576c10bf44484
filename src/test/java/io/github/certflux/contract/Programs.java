package io.github.certflux.contract;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the programs of servers. */
final class Programs {

  private Programs() {}

  /** Why a server can't be started here. */
  static final class Missing extends Exception {
    private static final long serialVersionUID = 1L;

    Missing(String why) {
      super(why);
    }
  }

  /** The program that a system property names, or else the one of this name on the path. */
  static Path find(String property, String name) throws Missing {
    String named = System.getProperty(property);
    if (named != null) {
      Path program = Path.of(named).toAbsolutePath();
      if (!Files.isExecutable(program)) {
        throw new IllegalStateException(
            "-D" + property + "=" + named + " is not a program that can be started");
      }
      return program;
    }
    return onPath(name)
        .orElseThrow(
            () ->
                new Missing(
                    name + " is not on the path, nor is -D" + property + "; see CONTRIBUTING.md"));
  }

  /** A program beside another one, or on the path. */
  static Path beside(Path other, String name) throws Missing {
    Path program = other.resolveSibling(name);
    if (Files.isExecutable(program)) {
      return program;
    }
    return onPath(name)
        .orElseThrow(
            () ->
                new Missing(
                    name
                        + " is neither beside "
                        + other
                        + " nor on the path; see CONTRIBUTING.md"));
  }

  static Optional<Path> onPath(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(
            Arrays.stream(path.split(File.pathSeparator)), Stream.of("/usr/bin", "/usr/local/bin"))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name).toAbsolutePath())
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /** The version of a module that a Go program was built from; empty when it does not say. */
  static String version(Path program, String module) {
    Pattern line = Pattern.compile("\t" + Pattern.quote(module) + "\tv([0-9][0-9A-Za-z.+-]*)");
    try {
      byte[] content = Files.readAllBytes(program);
      Matcher matcher = line.matcher(new String(content, StandardCharsets.ISO_8859_1));
      return matcher.find() ? matcher.group(1) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
