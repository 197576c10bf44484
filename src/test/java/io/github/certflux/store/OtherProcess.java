package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.utf8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** Another JVM on a store's directory, told by lines what to do, one answer each. */
final class OtherProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader answers;

  private OtherProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  static OtherProcess on(Path directory) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        List.of(
            java,
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            OtherProcess.class.getName(),
            directory.toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    return new OtherProcess(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Tells it what to do, and does not wait for the answer. */
  void begin(String what) throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).append(what).append('\n').flush();
  }

  String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the other process ended");
    }
    return answer;
  }

  String tell(String what) throws IOException {
    begin(what);
    return answer();
  }

  /** Sends it a signal, such as STOP. */
  void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(process.pid());
    int status = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException("kill -" + name + ": " + status);
    }
  }

  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }

  /** Counts in the class loader that this class is of. */
  public static void count(Path directory, String path, int times) {
    FileStore store = FileStore.at(directory);
    RecordContract.increments(store, path, times).then(store.disposeLater()).block(PATIENCE);
  }

  /** The other side. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    FileStore store = FileStore.at(directory);
    Lease lease = null;
    FileLock lock = null;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "count" -> {
          RecordContract.increments(store, words[1], Integer.parseInt(words[2])).block(PATIENCE);
          out.println("counted");
        }
        case "acquire" -> {
          lease = await(store.acquire(words[1], Duration.ofSeconds(Long.parseLong(words[2]))));
          out.println(lease.token());
        }
        case "write" -> {
          out.println(
              store
                  .write(words[1], utf8(words[2]), Condition.none().under(lease))
                  .map(StoreRecord::text)
                  .onErrorResume(e -> Mono.just(e.getClass().getSimpleName()))
                  .block(PATIENCE));
        }
        case "lock" -> {
          lock = FileChannel.open(directory.resolve(".lock"), StandardOpenOption.WRITE).lock();
          out.println(lock.isValid());
        }
        default -> out.println("what is " + line + "?");
      }
    }
  }
}
