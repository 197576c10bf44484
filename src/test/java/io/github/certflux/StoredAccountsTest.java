package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.Lease;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class StoredAccountsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final URI DIRECTORY = URI.create("https://ca.test/directory");
  private static final URI ACCOUNT = URI.create("https://ca.test/acct/1");

  private final JcaCrypto crypto = JcaCrypto.create(JcaCrypto.drbg());
  private final AcmeStore store = MemoryStore.create();
  private final StoredKeys keys =
      new StoredKeys(
          crypto,
          new Signers(
              reference -> Mono.empty(),
              crypto,
              new Timing(Schedulers.parallel(), new Random(1)),
              LONG));
  private final StoredAccounts accounts = new StoredAccounts(store, keys, DIRECTORY);

  @Test
  void aRolloverGoesOnThoughAReplacedKeyIsDestroyedJustNow() {
    AccountKey key = key();
    AccountKey pending = key();
    AccountRecord before =
        AccountRecord.unborn("replaced")
            .withUrl(ACCOUNT, Instant.EPOCH)
            .promoted(key.thumbprint(), Instant.EPOCH, Map.of());
    await(accounts.create("default", AccountRecord.unborn(key.thumbprint()), key));
    accounts.writeKey("default", pending, null).block(LONG);
    Map<String, AccountKey> known =
        Map.of(key.thumbprint(), key, pending.thumbprint(), pending, "replaced", key);
    await(accounts.modify("default", known, null, unborn -> before));
    Lease lease = await(accounts.lease("default", LONG));
    AtomicInteger times = new AtomicInteger();

    AccountRecord after =
        await(
                accounts.modify(
                    "default",
                    known,
                    lease,
                    account -> {
                      if (times.getAndIncrement() == 0) {
                        await(
                            accounts.modify(
                                "default", known, null, a -> a.without(a.replaced().get(0))));
                      }
                      return account.withPending(pending.thumbprint());
                    }))
            .account();

    assertThat(after.pending()).contains(pending.thumbprint());
    assertThat(after.replaced()).isEmpty();
    assertThat(times).hasValue(2);
  }

  @Test
  void aRolloverWhileAnAccountIsReadIsReadToo() {
    AccountKey key = key();
    AccountKey next = key();
    await(accounts.create("default", AccountRecord.unborn(key.thumbprint()), key));
    accounts.writeKey("default", next, null).block(LONG);
    String path = "/keys/" + key.thumbprint() + ".pem";
    AcmeStore rolledOverMeanwhile =
        new ReadHook(
            store,
            read -> {
              if (read.endsWith(path)) {
                Map<String, AccountKey> known = Map.of(next.thumbprint(), next);
                await(
                    accounts.modify(
                        "default", known, null, a -> AccountRecord.unborn(next.thumbprint())));
                accounts.forgetKey("default", key.thumbprint()).block(LONG);
              }
            });

    StoredAccounts.Loaded read =
        await(new StoredAccounts(rolledOverMeanwhile, keys, DIRECTORY).load("default"));

    assertThat(read.current()).isEqualTo(next);
  }

  @Test
  void aKeyThatIsLostIsTold() {
    AccountKey key = key();
    await(accounts.create("default", AccountRecord.unborn(key.thumbprint()), key));
    accounts.forgetKey("default", key.thumbprint()).block(LONG);

    StoredAccounts.Loaded read = await(accounts.load("default"));

    assertThatThrownBy(read::current)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(key.thumbprint());
  }

  /** A store to which something happens just before a record is read. */
  private static final class ReadHook extends ForwardingStore {
    private final Consumer<String> before;

    ReadHook(AcmeStore store, Consumer<String> before) {
      super(store);
      this.before = before;
    }

    @Override
    public Mono<StoreRecord> read(String path) {
      return Mono.defer(
          () -> {
            before.accept(path);
            return store.read(path);
          });
    }
  }

  private AccountKey key() {
    return AccountKey.of(await(crypto.generate(KeyType.EC_P256)), crypto);
  }

  private static <T> T await(Mono<T> work) {
    return Objects.requireNonNull(work.block(LONG));
  }
}
