package io.github.certflux.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The process of one node of a cluster, and the next in its place when it was killed. */
final class NodeProcess {

  /** What a node does. */
  enum State {
    STARTING,
    SERVING,
    STOPPED
  }

  /** Hears what a node tells. */
  interface Listener {
    void heard(NodeProcess node, String line);
  }

  final int number;
  private final List<String> command;
  private final Listener listener;
  private final int httpPort = freePort();
  private final int httpsPort = freePort();
  private Process process;

  /** Guarded by this. */
  private State state = State.STARTING;

  private boolean listens;
  private int lives;
  private int written;
  private String last = "";

  /**
   * Starts it.
   *
   * @param command what starts a node, but for its ports
   */
  NodeProcess(int number, List<String> command, Listener listener) throws IOException {
    this.number = number;
    this.listener = listener;
    this.command = new ArrayList<>(command);
    this.command.addAll(List.of("--http-port", "" + httpPort, "--https-port", "" + httpsPort));
    this.process = started();
  }

  /** A port that is free for now. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("127.0.0.1", 0));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new Program.Failure("no port is free", e);
    }
  }

  private Process started() throws IOException {
    Process fresh =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    int life;
    synchronized (this) {
      life = ++lives;
    }
    BufferedReader lines = fresh.inputReader(StandardCharsets.UTF_8);
    Thread reader =
        new Thread(() -> lines.lines().forEach(line -> heard(life, line)), "node " + number);
    reader.setDaemon(true);
    reader.start();
    return fresh;
  }

  private void heard(int life, String line) {
    synchronized (this) {
      if (life != lives) {
        return; // the last words of one that was killed
      }
      switch (line.split(" ", 2)[0]) {
        case "LISTENING" -> listens = true;
        case "READY" -> state = State.SERVING;
        case "WROTE" -> written++;
        default -> last = line;
      }
    }
    listener.heard(this, line);
  }

  /** Kills it without a word, and starts the next. */
  void kill() throws IOException {
    synchronized (this) {
      state = State.STARTING;
      listens = false;
      last = "killed, and started again";
    }
    end();
    process = started();
  }

  /** Kills it for good. */
  void end() {
    process.destroyForcibly().onExit().join();
  }

  /** It hangs until {@link #resume}, and what it has to say then it says late. */
  void stop() throws Exception {
    synchronized (this) {
      state = State.STOPPED;
      listens = false;
      last = "stopped";
    }
    signal("STOP");
  }

  /** It goes on where it was, and is asked again once it has had time to look. */
  void resume() throws Exception {
    signal("CONT");
    synchronized (this) {
      listens = true;
      last = "goes on";
    }
  }

  synchronized void isTrusted() {
    state = State.SERVING;
  }

  private void signal(String name) throws Exception {
    ClusterStore.signal(name, List.of(process.toHandle()));
  }

  synchronized boolean serves() {
    return state == State.SERVING;
  }

  synchronized boolean listens() {
    return listens;
  }

  synchronized int life() {
    return lives;
  }

  InetSocketAddress http() {
    return new InetSocketAddress("127.0.0.1", httpPort);
  }

  InetSocketAddress https() {
    return new InetSocketAddress("127.0.0.1", httpsPort);
  }

  /** As a row of a table. */
  synchronized Stream<@Nullable Object> row() {
    String does = state.name().toLowerCase(Locale.ROOT);
    return Stream.of("node " + number, process.pid(), does, lives - 1, written, last);
  }
}
