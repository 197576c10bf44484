package io.github.certflux.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails says in one line what it was, and what to do. */
class MessagesTest {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  @TempDir static Path folder;
  private static io.github.certflux.testca.TestCa ca;
  private static Path root;

  @BeforeAll
  static void start() throws IOException {
    ca =
        io.github.certflux.testca.TestCa.builder()
            .rejectIdentifiers(name -> name.value().endsWith("refused.org"))
            .startNow();
    root = ca.writeRoot(folder.resolve("root.pem"));
  }

  @AfterAll
  static void close() {
    ca.close();
  }

  private static void failed(Run run, String... words) {
    assertThat(run.err()).contains(words);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.status()).isEqualTo(FAILED);
    assertThat(run.leftBehind()).isEmpty();
  }

  @Test
  void aDirectoryThatIsDown() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String url = "https://127.0.0.1:" + port + "/directory";
    long before = System.nanoTime();

    failed(
        Run.of(AccountLifecycle.class, "--directory", url, "--json"),
        "directory at " + url + " failed",
        "connection refused by 127.0.0.1:" + port,
        "check the URL");

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(40));
  }

  @Test
  void aHostThatIsNotKnown() {
    failed(
        Run.of(AccountLifecycle.class, "--directory", "https://ca.invalid/directory"),
        "host ca.invalid");
  }

  @Test
  void aRootThatDoesNotMatch() throws IOException {
    try (var other = io.github.certflux.testca.TestCa.builder().startNow()) {
      Path wrong = other.writeRoot(folder.resolve("other.pem"));
      failed(
          Run.of(AccountLifecycle.class, "--directory", ca.directory(), "--trust", wrong),
          "is not trusted",
          "give the root certificate");
    }
  }

  @Test
  void noRoot() {
    failed(
        Run.of(AccountLifecycle.class, "--directory", ca.directory()),
        "is not trusted: no trusted root has issued it");
  }

  @Test
  void aFileOfRootsThatIsNotThere() {
    Path file = folder.resolve("missing.pem");
    failed(
        Run.of(AccountLifecycle.class, "--directory", ca.directory(), "--trust", file),
        "--trust " + file + ": there is no such file");
  }

  @Test
  void aFileOfRootsWithoutAny() throws IOException {
    Path file = Files.writeString(folder.resolve("none.pem"), "nothing here\n");
    failed(
        Run.of(AccountLifecycle.class, "--directory", ca.directory(), "--trust", file),
        "--trust " + file,
        "no trusted certificate found");
  }

  @Test
  void aPageInPlaceOfTheDirectory() throws IOException {
    try (var portal = io.github.certflux.testca.TestCa.builder().startNow()) {
      Path trust = portal.writeRoot(folder.resolve("portal.pem"));
      portal.faults().on(Endpoint.DIRECTORY).always().then(Fault.html());
      failed(
          Run.of(AccountLifecycle.class, "--directory", portal.directory(), "--trust", trust),
          "expected",
          "but got",
          "<html>");
    }
  }

  @Test
  void aStoreThatIsAFile() throws IOException {
    Path store = Files.createFile(folder.resolve("store-file"));
    Run run = Run.of(AccountLifecycle.class, "--store", store, "--json");
    failed(run, store.toString(), "not", "directory");
    assertThat(run.json().path("failed").asInt()).isEqualTo(1);
  }

  @Test
  void aStoreThatCannotBeMade() {
    failed(Run.of(AccountLifecycle.class, "--store", "/proc/nowhere/store"), "/proc/nowhere");
  }

  @Test
  void aNameThatTheCaRefuses() {
    failed(
        Run.of(
            IssueCertificate.class,
            "www.refused.org",
            "--directory",
            ca.directory(),
            "--trust",
            root,
            "--http-port",
            0),
        "rejectedIdentifier",
        "www.refused.org",
        "the CA does not issue for this name");
  }

  @Test
  void aPortThatIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      int port = taken.getLocalPort();
      failed(
          Run.of(IssueCertificate.class, "example.org", "--http-port", port),
          "http-01 can't listen on port " + port,
          "in use");
      failed(
          Run.of(TestCa.class, "--port", port),
          "can't listen on port " + port + " of 127.0.0.1: it is in use");
    }
  }

  @Test
  void aFolderThatCannotBeWrittenTo() {
    failed(
        Run.of(IssueCertificate.class, "example.org", "--out", "/proc/nowhere"),
        "--out /proc/nowhere can't be written to");
    failed(
        Run.of(TestCa.class, "--ca", "/proc/nowhere/ca.pem"),
        "--ca /proc/nowhere/ca.pem can't be written");
  }

  @Test
  void aWildcard() {
    failed(Run.of(IssueCertificate.class, "*.example.org"), "no solver", "example.org");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--runs 0",
        "--runs many",
        "--directory http://localhost/directory",
        "--directory nowhere",
        "--trust root.pem",
        "--what",
        "more"
      })
  void wrongUsage(String options) {
    Run run = Run.of(AccountLifecycle.class, (Object[]) options.split(" "));

    assertThat(run.status()).isEqualTo(WRONG_USAGE);
    assertThat(run.err())
        .startsWith("account-lifecycle: ")
        .endsWith("examples/run account-lifecycle --help shows its options\n");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void wrongNames() {
    assertThat(Run.of(IssueCertificate.class).err()).contains("NAME");
    Run run = Run.of(IssueCertificate.class, "not a name");
    assertThat(run.status()).isEqualTo(WRONG_USAGE);
    assertThat(run.err()).contains("not a DNS name: 'not a name'");
    assertThat(Run.of(TestCa.class, "--lags", "0s,2x").err()).contains("'2x' is not a time");
  }

  @Test
  void help() {
    for (Class<?> program : new Class<?>[] {AccountLifecycle.class, IssueCertificate.class}) {
      Run run = Run.of(program, "--help");
      assertThat(run.status()).isZero();
      assertThat(run.out()).contains("--directory=URL", "--trust=PEM", "--store=DIR", "--json");
    }
    assertThat(Run.of(TestCa.class, "--help").out())
        .contains("--port", "--ca", "--fronts", "--ttl", "--lags");
  }
}
