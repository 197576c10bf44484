package io.github.certflux.store;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.scheduler.Schedulers;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class RedisStoreTest implements AcmeStoreContract, ServerFaultsContract {

  private static final AtomicInteger TESTS = new AtomicInteger();
  private static TestRedis redis;
  private static RedisClient client;
  private static RedisCommands<String, String> commands;

  private final String prefix = "test-" + TESTS.incrementAndGet();
  private final ServerStores stores = new ServerStores(this::shift);

  @BeforeAll
  static void connect() throws Exception {
    redis = TestRedis.shared();
    client = RedisClient.create();
    commands = client.connect(redis.uri()).sync();
  }

  @AfterAll
  static void disconnect() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
  }

  @AfterEach
  void close() {
    stores.close();
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

  @Override
  public void pass(Duration time) {
    stores.pass(time);
  }

  private void shift(Duration time) {
    for (String lease : commands.keys("{" + prefix + "}:lease:*")) {
      commands.hincrby(lease, "expires", -time.toNanos() / 1000);
    }
  }
}
