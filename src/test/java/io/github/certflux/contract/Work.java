package io.github.certflux.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the servers have their files: {@code target/servers}, which stays for who looks later. */
final class Work {
  static final Path BASE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();

  private Work() {}

  static Path directory(String name) {
    try {
      return Files.createDirectories(BASE.resolve("target").resolve("servers").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
