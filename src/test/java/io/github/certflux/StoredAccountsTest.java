package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.Lease;
import io.github.certflux.store.MemoryStore;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class StoredAccountsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final URI ACCOUNT = URI.create("https://ca.test/acct/1");

  private final JcaCrypto crypto = JcaCrypto.create(JcaCrypto.drbg());
  private final StoredAccounts accounts =
      new StoredAccounts(MemoryStore.create(), crypto, URI.create("https://ca.test/directory"));

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

  private AccountKey key() {
    return AccountKey.of(await(crypto.generate(KeyType.EC_P256)), crypto);
  }

  private static <T> T await(Mono<T> work) {
    return Objects.requireNonNull(work.block(LONG));
  }
}
