package io.github.certflux.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A real server, started once for all tests of a JVM, that can be stopped in every way. */
public abstract class TestServer {

  /** The first process of the server. */
  abstract ProcessHandle process() throws IOException;

  /** Starts the server again on what it has on the disk. */
  abstract void start() throws Exception;

  /** It hangs: no process of it does anything until {@link #resume}. */
  void pause() throws Exception {
    signal("STOP");
  }

  void resume() throws Exception {
    signal("CONT");
  }

  /** It dies, without a word. */
  void kill() throws Exception {
    List<ProcessHandle> all = all();
    signal("KILL");
    all.forEach(process -> process.onExit().join());
  }

  private List<ProcessHandle> all() throws IOException {
    return Stream.concat(Stream.of(process()), process().descendants()).toList();
  }

  private void signal(String name) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    all().forEach(process -> command.add(Long.toString(process.pid())));
    new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }
}
