package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.SpringApplicationAotProcessor;
import org.springframework.context.aot.AbstractAotProcessor;

/** What Spring does ahead of time for a native image, and that an application starts with it. */
class ReadyForNativeTest {
  @Test
  void theApplicationStartsWithWhatWasGeneratedAheadOfTime(@TempDir Path folder) throws Exception {
    Path sources = folder.resolve("sources");
    Path classes = folder.resolve("classes");
    Files.createDirectories(classes);
    String[] arguments = {
      "--server.port=0",
      "--server.address=127.0.0.1",
      "--certflux.domains=example.org",
      "--certflux.terms-of-service-agreed=true",
      "--certflux.directory=https://127.0.0.1:1/directory",
      "--certflux.challenge.http.port=0",
      "--certflux.store.type=memory"
    };

    new SpringApplicationAotProcessor(
            NativeApplication.class,
            AbstractAotProcessor.Settings.builder()
                .sourceOutput(sources)
                .resourceOutput(classes)
                .classOutput(classes)
                .groupId("io.github.certflux")
                .artifactId("native")
                .build(),
            arguments)
        .process();
    compile(sources, classes);

    assertThat(started(folder, classes, arguments)).contains(NativeApplication.STARTED);
    try (Stream<Path> generated = Files.walk(classes)) {
      assertThat(generated.map(path -> path.getFileName().toString()))
          .contains("reachability-metadata.json")
          .anyMatch(name -> name.startsWith("CertfluxAutoConfiguration__BeanDefinitions"));
    }
  }

  private static void compile(Path sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            classes.toString(),
            "-cp",
            classes + File.pathSeparator + System.getProperty("java.class.path"));
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> tree = Files.walk(sources)) {
      List<Path> all = tree.filter(path -> path.toString().endsWith(".java")).toList();
      assertThat(
              compiler
                  .getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(all))
                  .call())
          .as(said::toString)
          .isTrue();
    }
  }

  private static String started(Path folder, Path classes, String[] arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dspring.aot.enabled=true",
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"),
                NativeApplication.class.getName()));
    command.addAll(List.of(arguments));
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(said.toFile()))
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(said);
  }

  @Test
  void nettyMayLookAtOurHandlersAndThePostgresStoreReadsItsSchema() {
    RuntimeHints hints = new RuntimeHints();

    new CertfluxRuntimeHints().registerHints(hints, getClass().getClassLoader());

    assertThat(
            RuntimeHintsPredicates.reflection()
                .onType(TypeReference.of("io.github.certflux.challenge.TlsAlpn01Handler")))
        .accepts(hints);
    assertThat(
            RuntimeHintsPredicates.resource()
                .forResource("io/github/certflux/store/postgres-1.sql"))
        .accepts(hints);
  }
}
