package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.utf8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class RedisStoreTest implements AcmeStoreContract, ServerFaultsContract {

  private static final AtomicInteger TESTS = new AtomicInteger();
  private static TestRedis redis;
  private static RedisClient client;

  private final String prefix = "test-" + TESTS.incrementAndGet();
  private final ServerStores stores = new ServerStores(this::shift);
  private final StatefulRedisConnection<String, String> connection = client.connect(redis.uri());
  private final RedisCommands<String, String> commands = connection.sync();

  @BeforeAll
  static void connect() throws Exception {
    redis = TestRedis.shared();
    client = RedisClient.create();
  }

  @AfterAll
  static void disconnect() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
  }

  @AfterEach
  void close() {
    stores.close();
    connection.close();
  }

  @Override
  public TestServer server() {
    return redis;
  }

  @Override
  public StoreServer calls() {
    return new RedisServer(client, redis.uri(), prefix, false);
  }

  @Override
  public AcmeStore open() {
    return stores.kept(builder().timer(stores.time).timeLimit(Duration.ofHours(1)).build());
  }

  @Override
  public AcmeStore openThreaded() {
    return openThreaded(Duration.ofSeconds(30));
  }

  @Override
  public AcmeStore openThreaded(Duration limit) {
    return stores.kept(builder().timer(Schedulers.parallel()).timeLimit(limit).build());
  }

  private RedisStore.Builder builder() {
    return RedisStore.builder(client, redis.uri()).prefix(prefix);
  }

  @Test
  void whoGivesUpDoesNotTakeTheAnswersOfOthers() throws Exception {
    StoreServer server = calls();
    StoreRecord record = new StoreRecord("a", utf8("1"), StoreRules.version(utf8("1")));
    server.write(record, Condition.none(), "1").block(PATIENCE);
    redis.pause();
    CompletableFuture<StoreRecord> other;
    try {
      other = server.read("a").toFuture();
      server.read("a").subscribe().dispose();
    } finally {
      redis.resume();
    }

    assertThat(other.get(PATIENCE.toSeconds(), SECONDS).text()).isEqualTo("1");
    server.close().block(PATIENCE);
  }

  /** Asking a replica again would fail until somebody restarts the node. */
  @Test
  void aConnectionToAServerThatIsAReplicaNowIsLeft() {
    StoreServer server = calls();
    StoreRecord record = new StoreRecord("a", utf8("1"), StoreRules.version(utf8("1")));
    server.write(record, Condition.none(), "1").block(PATIENCE);
    commands.replicaof("127.0.0.1", 1);
    try {
      StepVerifier.create(server.write(record, Condition.none(), "2"))
          .expectErrorSatisfies(error -> assertThat(error).hasMessageContaining("READONLY"))
          .verify(PATIENCE);
    } finally {
      commands.replicaofNoOne();
    }
    long connected = connections();
    server.write(record, Condition.none(), "3").block(PATIENCE);

    assertThat(connections()).isEqualTo(connected + 1);
    server.close().block(PATIENCE);
  }

  @Test
  void noConnectionIsLeftBehindWhenTheServerIsRestarted() throws Exception {
    StoreServer server = calls();
    for (int i = 0; i < 3; i++) {
      ServerFaultsContract.again(server.read("a"));
      redis.kill();
      redis.start();
    }
    ServerFaultsContract.again(server.read("a"));

    // The test's own, and the store's. Those that were left close in a moment.
    ServerFaultsContract.again(
        Mono.fromSupplier(() -> number("connected_clients"))
            .subscribeOn(Schedulers.boundedElastic())
            .filter(open -> open == 2)
            .switchIfEmpty(Mono.error(() -> new AssertionError("more are open"))));
    server.close().block(PATIENCE);
  }

  /** How many there have been. */
  private long connections() {
    return number("total_connections_received");
  }

  private long number(String name) {
    return commands
        .info()
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .sum();
  }

  @Override
  public void pass(Duration time) {
    stores.pass(time);
  }

  @Override
  public void shift(Duration time) {
    for (String lease : commands.keys("{" + prefix + "}:lease:*")) {
      commands.hincrby(lease, "expires", -time.toNanos() / 1000);
    }
  }
}
