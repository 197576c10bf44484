package io.github.certflux.store;

import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** What a store asks of PostgreSQL, each one statement, and what it hears over one connection. */
final class PostgresServer implements StoreServer {

  private static final int MOST_DEAD = 10;

  private final ConnectionFactory factory;
  private final Mono<Void> migrated;

  PostgresServer(ConnectionFactory factory) {
    this.factory = factory;
    this.migrated =
        using(new PostgresSchema()::migrate)
            .then(Mono.just(true))
            .cacheInvalidateIf(done -> false)
            .then();
  }

  @Override
  public String name() {
    return factory.getMetadata().getName();
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return ask("SELECT content FROM certflux_record WHERE path = $1", byte[].class, path)
        .map(content -> new StoreRecord(path, content, StoreRules.version(content)))
        .singleOrEmpty();
  }

  @Override
  public Mono<Void> write(StoreRecord record, Condition condition, String attempt) {
    String path = record.path();
    Lease lease = condition.lease().orElse(null);
    return ask(
            "SELECT certflux_write($1, $2, $3, $4, $5, $6, $7, $8)",
            String.class,
            path,
            condition.kind().name(),
            condition.version().orElse(""),
            lease == null ? "" : lease.path(),
            lease == null ? 0L : lease.token(),
            attempt,
            record.version(),
            record.content())
        .singleOrEmpty()
        .flatMap(outcome -> Conflicts.outcome(outcome, path, condition));
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    Lease lease = condition.lease().orElse(null);
    return ask(
            "SELECT certflux_delete($1, $2, $3, $4, $5)",
            String.class,
            path,
            condition.kind().name(),
            condition.version().orElse(""),
            lease == null ? "" : lease.path(),
            lease == null ? 0L : lease.token())
        .singleOrEmpty()
        .flatMap(outcome -> Conflicts.outcome(outcome, path, condition));
  }

  /** In the order of bytes, what is below {@code a/} is all that there is before {@code a0}. */
  @Override
  public Flux<String> list(String folder) {
    return folder.isEmpty()
        ? ask("SELECT path FROM certflux_record", String.class)
        : ask(
            "SELECT path FROM certflux_record WHERE path > $1 AND path < $2",
            String.class,
            folder + "/",
            folder + "0");
  }

  @Override
  public Mono<Long> take(String path, Duration term, String attempt) {
    return ask("SELECT certflux_take($1, $2, $3)", Long.class, path, attempt, term.toMillis())
        .singleOrEmpty()
        .filter(token -> token > 0);
  }

  @Override
  public Mono<Boolean> renew(Lease lease, Duration term) {
    return ask(
            "SELECT certflux_renew($1, $2, $3)",
            String.class,
            lease.path(),
            lease.token(),
            term.toMillis())
        .singleOrEmpty()
        .map("done"::equals);
  }

  @Override
  public Mono<Void> release(Lease lease) {
    return ask("SELECT certflux_release($1, $2)", String.class, lease.path(), lease.token()).then();
  }

  @Override
  public Flux<Notice> listen(UnaryOperator<Mono<Void>> watch) {
    return migrated.thenMany(
        Flux.usingWhen(
            connected(), connection -> notices(connection, watch), PostgresServer::closed));
  }

  private static Flux<Notice> notices(Connection connection, UnaryOperator<Mono<Void>> watch) {
    PostgresqlConnection own = unwrapped(connection);
    if (own == null) {
      return Flux.never(); // another database's: nothing is told, and who waits looks by itself
    }
    Flux<Notice> heard = own.getNotifications().mapNotNull(PostgresServer::notice);
    Mono<Notice> begun =
        run(
                connection,
                "DO $$ BEGIN EXECUTE format('LISTEN %I', left('certflux_' || current_schema(), 63));"
                    + " END $$")
            .thenReturn(Notice.LISTENING);
    return Flux.merge(heard, begun, watch.apply(run(connection, "SELECT 1")).then(Mono.empty()))
        .concatWith(Mono.error(() -> new IllegalStateException("the connection has ended")));
  }

  private static @Nullable PostgresqlConnection unwrapped(Connection connection) {
    Object inner = connection;
    while (!(inner instanceof PostgresqlConnection) && inner instanceof Wrapped<?> wrapper) {
      inner = wrapper.unwrap();
    }
    return inner instanceof PostgresqlConnection own ? own : null;
  }

  /**
   * Whoever may connect can send on the channel: what is not as the functions tell it is nothing.
   */
  private static @Nullable Notice notice(Notification notification) {
    String told = String.valueOf(notification.getParameter());
    String path = told.isEmpty() ? "" : told.substring(1);
    if (!StoreRules.isPath(path)) {
      return null;
    }
    return new Notice(told.startsWith("r") ? Notice.Kind.RELEASED : Notice.Kind.CHANGED, path);
  }

  @Override
  public Mono<Void> close() {
    return Mono
        .empty(); // Every connection is given back after each use; the factory is the user's.
  }

  private <T> Flux<T> ask(String sql, Class<T> type, Object... arguments) {
    return migrated.thenMany(
        using(
            connection -> {
              Statement statement = connection.createStatement(sql);
              for (int i = 0; i < arguments.length; i++) {
                statement.bind(i, arguments[i]);
              }
              return Flux.from(statement.execute())
                  .concatMap(result -> result.map(row -> row.get(0, type)));
            }));
  }

  private <T> Flux<T> using(Function<Connection, Flux<T>> work) {
    return Flux.usingWhen(
        connected(),
        work,
        PostgresServer::closed,
        (connection, error) -> dropped(connection),
        PostgresServer::dropped);
  }

  /**
   * A pool fails once or twice for each connection that has died in it: then it takes a new one.
   */
  private Mono<Connection> connected() {
    Mono<Connection> connected = Mono.<Connection>from(factory.create());
    return factory instanceof Wrapped<?>
        ? connected.retryWhen(
            Retry.max(MOST_DEAD)
                .filter(R2dbcNonTransientResourceException.class::isInstance)
                .onRetryExhaustedThrow((retry, signal) -> signal.failure()))
        : connected;
  }

  /**
   * Gives back a connection that led to an error, or gave no answer in time, so that a pool does
   * not lend it again: it may lead to a standby, or nowhere.
   */
  private static Mono<Void> dropped(Connection connection) {
    PostgresqlConnection own = unwrapped(connection);
    if (own != null) {
      own.close().onErrorComplete().subscribe(); // which may take as long as the answer
    }
    return closed(connection);
  }

  /** A connection that can't be closed is no reason to doubt an answer. */
  private static Mono<Void> closed(Connection connection) {
    return Mono.from(connection.close()).onErrorComplete();
  }

  /** Runs a statement, or several, that ask for nothing. */
  static Mono<Void> run(Connection connection, String sql) {
    return Flux.from(connection.createStatement(sql).execute())
        .concatMap(Result::getRowsUpdated)
        .then();
  }
}
