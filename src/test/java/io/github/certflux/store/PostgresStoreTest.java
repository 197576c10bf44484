package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.store.ChangesContract.Heard;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class PostgresStoreTest implements AcmeStoreContract, ServerFaultsContract {

  private static final AtomicInteger TESTS = new AtomicInteger();
  private static TestPostgres postgres;

  private final String schema = "test_" + TESTS.incrementAndGet();
  private final ServerStores stores = new ServerStores(this::shift);
  private final PostgresqlConnectionFactory plain = postgres.factory(schema);
  private final ConnectionPool pool =
      new ConnectionPool(
          ConnectionPoolConfiguration.builder(inItsSchema()).initialSize(0).maxSize(10).build());

  @BeforeAll
  static void start() throws Exception {
    postgres = TestPostgres.shared();
  }

  @AfterEach
  void close() {
    stores.close();
    pool.disposeLater().block(PATIENCE);
  }

  /** Connections to a schema of this test's own, which is made when the first is needed. */
  private ConnectionFactory inItsSchema() {
    Mono<Boolean> made =
        using("CREATE SCHEMA " + schema).then(Mono.just(true)).cacheInvalidateIf(done -> false);
    return new ConnectionFactory() {
      @Override
      public Mono<Connection> create() {
        return made.then(plain.create()).cast(Connection.class);
      }

      @Override
      public ConnectionFactoryMetadata getMetadata() {
        return plain.getMetadata();
      }
    };
  }

  private Mono<Void> using(String sql) {
    return Flux.usingWhen(
            plain.create(),
            connection -> PostgresServer.run(connection, sql),
            connection -> Mono.from(connection.close()))
        .then();
  }

  @Override
  public TestServer server() {
    return postgres;
  }

  @Override
  public StoreServer calls() {
    return new PostgresServer(pool);
  }

  @Override
  public AcmeStore open() {
    return stores.kept(
        PostgresStore.builder(pool).timer(stores.time).timeLimit(Duration.ofHours(1)).build());
  }

  @Override
  public AcmeStore openThreaded() {
    return openThreaded(Duration.ofSeconds(30));
  }

  @Override
  public AcmeStore openThreaded(Duration limit) {
    return stores.kept(
        PostgresStore.builder(pool).timer(Schedulers.parallel()).timeLimit(limit).build());
  }

  @Test
  void connectionsThatDiedInThePoolAreNoReasonToFail() {
    StoreServer server = calls();
    server.read("a").block(PATIENCE);
    List<Connection> lent = Flux.range(0, 10).flatMap(i -> pool.create(), 10).collectList().block();
    List<PostgresqlConnection> raw = lent.stream().map(PostgresStoreTest::raw).toList();
    Flux.fromIterable(lent).concatMap(Connection::close).blockLast(PATIENCE);
    Flux.fromIterable(raw).concatMap(PostgresqlConnection::close).blockLast(PATIENCE);

    assertThat(pool.getMetrics().orElseThrow().idleSize()).isEqualTo(10);
    StepVerifier.create(server.read("a")).expectComplete().verify(PATIENCE);
  }

  @Test
  void whatAnotherSendsOnTheChannelIsNoNews() {
    AcmeStore store = openThreaded();
    Heard heard = Heard.of(store, "r");
    heard.await(this, "r");
    for (String payload : List.of("", "c", "c../x", "zz top")) {
      using("NOTIFY certflux_" + schema + (payload.isEmpty() ? "" : ", '" + payload + "'"))
          .block(PATIENCE);
    }
    StoreUnderTest.write(store, "r/1", "news");

    List<String> told = new ArrayList<>();
    heard.await(this, hints -> hints.contains("r/1") && told.addAll(hints));
    assertThat(told).as("it has listened all the time").containsExactly("r/1");
  }

  @Test
  void aConnectionThatGaveNoAnswerInTimeIsNotUsedAgain() throws Exception {
    StoreServer server = calls();
    server.read("a").block(PATIENCE);
    assertThat(pool.getMetrics().orElseThrow().idleSize()).isEqualTo(1);
    Connection first = pool.create().block(PATIENCE);
    PostgresqlConnection used = raw(first);
    Mono.from(first.close()).block(PATIENCE);
    postgres.pause();
    try {
      StepVerifier.create(server.read("a"))
          .expectSubscription()
          .expectNoEvent(Duration.ofMillis(100))
          .thenCancel()
          .verify(PATIENCE);
    } finally {
      postgres.resume();
    }

    assertThat(Mono.from(used.validate(ValidationDepth.LOCAL)).block(PATIENCE)).isFalse();
    StepVerifier.create(server.read("a")).expectComplete().verify(PATIENCE);
  }

  private static PostgresqlConnection raw(Connection lent) {
    return (PostgresqlConnection) ((Wrapped<?>) lent).unwrap();
  }

  @Override
  public void pass(Duration time) {
    stores.pass(time);
  }

  @Override
  public void shift(Duration time) {
    open().read("any").block(PATIENCE); // so that there is a schema
    using("UPDATE certflux_lease SET expires = expires - interval '" + time.toMillis() + " ms'")
        .block(PATIENCE);
  }
}
