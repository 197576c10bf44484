package io.github.certflux.examples;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/** What the nodes of a cluster share: a directory, or a server from a jar. */
abstract class ClusterStore {

  /** Files in a folder, or a server that keeps its own there. */
  static ClusterStore start(String kind, Path folder) throws Exception {
    ClusterStore store =
        switch (kind) {
          case "files" -> new Directory(folder);
          case "redis" -> new Redis(folder);
          case "postgres" -> new Postgres(folder);
          default -> throw new IllegalArgumentException(kind);
        };
    store.start();
    return store;
  }

  /** What a node opens. */
  abstract String url();

  abstract void start() throws Exception;

  /** Ends it for good. */
  void close() throws Exception {
    signal("KILL");
  }

  /** Its processes, the first first; none for files. */
  abstract List<ProcessHandle> processes() throws IOException;

  /** Stops every process of it for a while, or lets them go on: STOP, CONT or KILL. */
  void signal(String name) throws Exception {
    List<ProcessHandle> all = new ArrayList<>();
    for (ProcessHandle process : processes()) {
      all.add(process);
      process.descendants().forEach(all::add);
    }
    signal(name, all);
  }

  static void signal(String name, List<ProcessHandle> processes) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    if (command.size() > 2) {
      new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    }
    if (name.equals("KILL")) {
      processes.forEach(process -> process.onExit().join());
    }
  }

  /** Nothing has to run. */
  private static final class Directory extends ClusterStore {
    private final Path folder;

    Directory(Path folder) {
      this.folder = folder;
    }

    @Override
    String url() {
      return folder.toString();
    }

    @Override
    void start() {}

    @Override
    List<ProcessHandle> processes() {
      return List.of();
    }
  }

  private static final class Redis extends ClusterStore {
    private final Path folder;
    private final int port = NodeProcess.freePort();
    private Process process;

    Redis(Path folder) {
      this.folder = folder;
    }

    @Override
    String url() {
      return "redis://127.0.0.1:" + port;
    }

    @Override
    void start() throws Exception {
      Files.createDirectories(folder);
      String program = ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
      List<String> command =
          new ArrayList<>(List.of(program, "--port", "" + port, "--bind", "127.0.0.1"));
      command.addAll(List.of("--save", "", "--appendonly", "yes", "--appendfsync", "always"));
      command.addAll(List.of("--dir", folder.toString()));
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
      while (!answers()) {
        if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
          throw new Program.Failure(Files.readString(folder.resolve("log")), null);
        }
      }
    }

    /** Not while it reads its file. */
    private boolean answers() {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
        InputStream answer = socket.getInputStream();
        return answer.read() == '+';
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    List<ProcessHandle> processes() {
      return List.of(process.toHandle());
    }
  }

  private static final class Postgres extends ClusterStore {
    private final Path folder;
    private final int port = NodeProcess.freePort();
    private EmbeddedPostgres first;
    private Path control;

    Postgres(Path folder) {
      this.folder = folder;
    }

    @Override
    String url() {
      return "r2dbc:postgresql://postgres@127.0.0.1:" + port + "/postgres";
    }

    @Override
    void start() throws Exception {
      if (first == null) {
        first =
            EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(folder)
                .setCleanDataDirectory(false)
                .start();
        String program = processes().get(0).info().command().orElseThrow();
        control = Path.of(program).resolveSibling("pg_ctl");
        return;
      }
      List<String> command = new ArrayList<>();
      if (System.getProperty("user.name").equals("root")) {
        command.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to be started by root
      }
      command.addAll(List.of(control.toString(), "-D", folder.toString(), "-o", "-p " + port));
      Path log = folder.resolveSibling("postgres.log");
      command.addAll(List.of("-w", "-l", log.toString(), "start"));
      int status =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0) {
        throw new Program.Failure(Files.readString(log), null);
      }
    }

    /** Else it would be stopped once more when the JVM ends. */
    @Override
    void close() throws IOException {
      first.close();
    }

    @Override
    List<ProcessHandle> processes() throws IOException {
      Path file = folder.resolve("postmaster.pid");
      if (!Files.exists(file)) {
        return List.of();
      }
      long pid = Long.parseLong(Files.readAllLines(file).get(0).strip());
      return ProcessHandle.of(pid).stream().toList();
    }
  }
}
