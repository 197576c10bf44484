package io.github.certflux.crash;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;

/**
 * How a JVM starts that mostly starts: with the classes that another one loaded in an archive,
 * which takes them from jars alone that are not signed.
 */
final class ChildJvm {
  private final String classPath;
  private final Path archive;

  private ChildJvm(String classPath, Path archive) {
    this.classPath = classPath;
    this.archive = archive;
  }

  /** One with this JVM's class path. */
  static ChildJvm in(Path folder) throws IOException {
    List<String> jars = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        jars.add(packed(path, folder.resolve("classes-" + jars.size() + ".jar")).toString());
      } else if (Files.exists(path)) {
        jars.add(unsigned(path, folder.resolve("unsigned-" + jars.size() + ".jar")).toString());
      }
    }
    return new ChildJvm(String.join(File.pathSeparator, jars), folder.resolve("classes.jsa"));
  }

  private static Path packed(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> tree = Files.walk(classes)) {
      for (Path path : tree.filter(Files::isRegularFile).toList()) {
        String name = classes.relativize(path).toString().replace(File.separatorChar, '/');
        out.putNextEntry(new JarEntry(name));
        Files.copy(path, out);
      }
    }
    return jar;
  }

  private static Path unsigned(Path signed, Path jar) throws IOException {
    try (JarFile file = new JarFile(signed.toFile(), false)) {
      Predicate<JarEntry> signature =
          entry -> entry.getName().matches("META-INF/.*\\.(SF|RSA|DSA|EC)");
      if (file.stream().noneMatch(signature)) {
        return signed;
      }
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
        out.setLevel(Deflater.NO_COMPRESSION);
        for (JarEntry entry : file.stream().filter(signature.negate()).toList()) {
          out.putNextEntry(new JarEntry(entry.getName()));
          try (InputStream content = file.getInputStream(entry)) {
            content.transferTo(out);
          }
        }
      }
      return jar;
    }
  }

  /** What starts a program; the first that ends well leaves the archive for the others. */
  List<String> command(Class<?> program) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        (Files.exists(archive) ? "-XX:SharedArchiveFile=" : "-XX:ArchiveClassesAtExit=") + archive,
        "-Xshare:auto",
        "-Xlog:disable",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        classPath,
        program.getName());
  }
}
