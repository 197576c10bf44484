package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.dns.DnsException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** A program that is called as lego's {@code exec} does, here a script. */
@DisabledOnOs(OS.WINDOWS)
class ProgramProviderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final TxtRecord RECORD =
      new TxtRecord("_acme-challenge.example.org", "-a value", Duration.ofMinutes(1));

  @TempDir Path folder;

  private Path script(String... lines) {
    Path script = folder.resolve("dns");
    try {
      Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private Path log() {
    return folder.resolve("log");
  }

  private static DnsException failure(Mono<Void> change) {
    return (DnsException) change.materialize().map(signal -> signal.getThrowable()).block(PATIENCE);
  }

  @Test
  void aProgramIsToldWhatToAddAndWhatToTakeAway() throws IOException {
    ProgramProvider provider =
        ProgramProvider.create(script("for a in \"$@\"; do echo \"$a|\" >>" + log() + "; done"));

    provider.add(RECORD).block(PATIENCE);
    provider.remove(RECORD).block(PATIENCE);

    assertThat(log())
        .hasContent(
            """
            present|
            _acme-challenge.example.org.|
            -a value|
            cleanup|
            _acme-challenge.example.org.|
            -a value|
            """);
  }

  @Test
  void callsComeOneAfterTheOther() {
    ProgramProvider provider =
        ProgramProvider.create(
            script("mkdir " + folder.resolve("busy") + " && rmdir " + folder.resolve("busy")));

    Mono.when(provider.add(RECORD), provider.add(RECORD), provider.remove(RECORD)).block(PATIENCE);
  }

  @Test
  void aProgramThatFailsIsToldInItsOwnWords() {
    ProgramProvider provider = ProgramProvider.create(script("echo no such zone >&2", "exit 3"));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.FAILED);
    assertThat(error.code()).contains("exit status 3");
    assertThat(error)
        .hasMessageContaining("failed to present a value of _acme-challenge.example.org")
        .hasMessageContaining("no such zone");
  }

  @Test
  void aProgramThatSaysMuchIsNotHeldUp() {
    ProgramProvider provider =
        ProgramProvider.create(
            script(
                "i=0; while [ $i -lt 3000 ]; do echo a line of fifty characters, or about as"
                    + " many; i=$((i+1)); done",
                "exit 1"));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error).hasMessageContaining("a line of fifty characters");
    assertThat(error.getMessage()).hasSizeLessThan(600);
  }

  @Test
  void aProgramThatIsNotThereIsNamed() {
    ProgramProvider provider = ProgramProvider.create(folder.resolve("missing"));

    assertThat(failure(provider.add(RECORD)))
        .hasMessageContaining("it can't be called")
        .hasMessageContaining(folder.resolve("missing").toString());
  }

  @Test
  void aProgramThatTakesTooLongIsEndedWithWhatItHasStarted() {
    ProgramProvider provider =
        ProgramProvider.create(
            script("echo working", "sleep 1000 &", "echo $! >" + log(), "wait"),
            Duration.ofSeconds(1));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error).hasMessageContaining("not done in PT1S").hasMessageContaining("working");
    assertThat(started()).allMatch(one -> !one.isAlive());
  }

  private Iterable<ProcessHandle> started() {
    try {
      return Files.readString(log())
          .lines()
          .flatMap(line -> ProcessHandle.of(Long.parseLong(line.strip())).stream())
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aProgramWhoseCallerCancelsIsGoneBeforeTheNextCall() {
    Path began = folder.resolve("began");
    ProgramProvider provider =
        ProgramProvider.create(
            script(
                "if [ $1 = present ]; then",
                "  trap 'echo late >>" + log() + "; exit 1' TERM",
                "  touch " + began,
                "  while true; do sleep 0.05; done",
                "fi",
                "echo cleanup >>" + log()));
    Disposable adding = provider.add(RECORD).subscribe();
    while (!Files.exists(began)) {
      Thread.onSpinWait();
    }
    adding.dispose();

    provider.remove(RECORD).block(PATIENCE);

    assertThat(log()).hasContent("late\ncleanup\n");
  }
}
