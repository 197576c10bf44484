package io.github.certflux.examples;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that the examples have in common. */
final class ServerOptions {

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  private @Nullable URI directory;

  @Option(
      names = "--trust",
      paramLabel = "PEM",
      description = "trust these roots, and no others (default: those of the JDK)")
  private @Nullable Path trust;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "where accounts and keys are kept (default: a temporary directory that is deleted at the"
              + " end)")
  private @Nullable Path store;

  @Option(names = "--json", description = "make the last line of the output one JSON object")
  private boolean json;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  @Option(
      names = {"--directory", "--ca"},
      paramLabel = "URL",
      description = "the CA's directory (default: an embedded test CA)")
  private void directory(URI url) {
    require(
        "https".equals(url.getScheme()) && url.getHost() != null,
        "--directory must be an https URL, not " + url);
    directory = url;
  }

  Optional<URI> directory() {
    return Optional.ofNullable(directory);
  }

  Optional<Path> trust() {
    require(trust == null || directory != null, "--trust is for a --directory");
    return Optional.ofNullable(trust);
  }

  Optional<Path> store() {
    return Optional.ofNullable(store);
  }

  boolean json() {
    return json;
  }

  /** Wrong usage, unless it holds. */
  void require(boolean condition, String message) {
    Program.require(command, condition, message);
  }

  /** What the library makes of an option; wrong usage, if it does not take it. */
  <T> T checked(String option, Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      require(false, option + ": " + e.getMessage());
      throw e;
    }
  }
}
