package io.github.certflux.store;

import io.r2dbc.spi.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The store's tables and functions, brought to the newest version in one transaction, by one
 * process at a time. A newer schema than this release knows is left as it is: a later version only
 * adds to it, so that nodes of two releases can share it.
 */
final class PostgresSchema {

  /** What a process that migrates holds against others; any number that nobody else uses. */
  private static final long LOCK = 0x63657274666c7578L;

  /**
   * Looked for in a table, which shows what another has committed while this one waited for it;
   * {@code to_regclass} answers from what this connection has cached.
   */
  private static final String FIND =
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables"
          + " WHERE tablename = 'certflux_schema' AND schemaname = current_schema())";

  private final List<String> scripts;

  /** Reads what it needs now, where one may wait. */
  PostgresSchema() {
    scripts = List.of(script(1));
  }

  Flux<Void> migrate(Connection connection) {
    return version(connection)
        .filter(version -> version < scripts.size())
        .flatMap(old -> migrateAlone(connection))
        .flux();
  }

  private Mono<Void> migrateAlone(Connection connection) {
    return Mono.from(connection.beginTransaction())
        .then(PostgresServer.run(connection, "SELECT pg_advisory_xact_lock(" + LOCK + ")"))
        .then(Mono.defer(() -> version(connection)))
        .flatMap(version -> scripts(connection, version))
        .then(Mono.defer(() -> Mono.from(connection.commitTransaction())))
        .onErrorResume(
            error ->
                Mono.from(connection.rollbackTransaction())
                    .onErrorComplete()
                    .then(Mono.error(error)));
  }

  private Mono<Void> scripts(Connection connection, int version) {
    return Flux.range(version, scripts.size() - version)
        .concatMap(
            number ->
                PostgresServer.run(connection, scripts.get(number))
                    .then(
                        PostgresServer.run(
                            connection, "UPDATE certflux_schema SET version = " + (number + 1))))
        .then();
  }

  private static Mono<Integer> version(Connection connection) {
    return value(connection, FIND, Boolean.class)
        .flatMap(
            isThere ->
                isThere
                    ? value(connection, "SELECT version FROM certflux_schema", Integer.class)
                    : Mono.just(0));
  }

  private static <T> Mono<T> value(Connection connection, String sql, Class<T> type) {
    return Flux.from(connection.createStatement(sql).execute())
        .concatMap(result -> result.map(row -> row.get(0, type)))
        .singleOrEmpty();
  }

  private static String script(int number) {
    String name = "postgres-" + number + ".sql";
    try (InputStream found = PostgresSchema.class.getResourceAsStream(name)) {
      if (found == null) {
        throw new IllegalStateException(name + " is missing from the jar");
      }
      return new String(found.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
