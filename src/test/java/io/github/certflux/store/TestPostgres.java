package io.github.certflux.store;

import io.github.certflux.contract.Ports;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** PostgreSQL, where a commit does not wait for the disk unless it is told to. */
public final class TestPostgres extends TestServer {

  private static final TestPostgres SHARED = new TestPostgres();

  private final int port = Ports.free(1).next();
  private Path folder;
  private Path control;

  /** The server of this JVM. */
  public static synchronized TestPostgres shared() throws Exception {
    if (SHARED.folder == null) {
      SHARED.folder = Files.createTempDirectory("certflux-postgres").resolve("data");
      SHARED.startFirst();
    }
    return SHARED;
  }

  /** Where it is, for R2DBC. */
  public String url() {
    return "r2dbc:postgresql://postgres@127.0.0.1:" + port + "/postgres";
  }

  /** Connects to a schema of its own, which must be made first. */
  PostgresqlConnectionFactory factory(String schema) {
    return new PostgresqlConnectionFactory(
        PostgresqlConnectionConfiguration.builder()
            .host("127.0.0.1")
            .port(port)
            .username("postgres")
            .database("postgres")
            .schema(schema)
            .build());
  }

  @Override
  ProcessHandle process() throws IOException {
    String pid = Files.readAllLines(folder.resolve("postmaster.pid")).get(0);
    return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
  }

  /** It is stopped when the JVM ends. */
  private void startFirst() throws IOException {
    EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(folder)
        .setCleanDataDirectory(false)
        .setServerConfig("synchronous_commit", "off")
        .start();
    control = Path.of(process().info().command().orElseThrow()).resolveSibling("pg_ctl");
  }

  @Override
  void start() throws Exception {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to be started by root
    }
    String options = "-p " + port + " -F -c synchronous_commit=off";
    command.addAll(List.of(control.toString(), "-D", folder.toString(), "-o", options, "-w"));
    command.addAll(List.of("-l", folder.resolveSibling("log").toString(), "start"));
    int status =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException(Files.readString(folder.resolveSibling("log")));
    }
  }
}
