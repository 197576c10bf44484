package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRecord.Replaced;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An account's record comes back as it was written; a broken one is said to be so. Seeded. */
class AccountRecordTest {
  private final Random random = new Random(20261125);

  @Test
  void whatIsWrittenIsReadAgain() {
    for (int i = 0; i < 2_000; i++) {
      AccountRecord account = record();
      assertThat(AccountRecord.of(stored(account.toJson()))).isEqualTo(account);
    }
  }

  @Test
  void aRecordOfAnEarlierVersionIsRead() {
    AccountRecord account =
        AccountRecord.of(
            stored(
                """
                {
                  "url" : "https://ca.test/acct/1",
                  "key" : "abc"
                }
                """
                    .getBytes(StandardCharsets.UTF_8)));

    assertThat(account.url()).contains(URI.create("https://ca.test/acct/1"));
    assertThat(account.key()).isEqualTo("abc");
    assertThat(account.known()).isEmpty();
  }

  @Test
  void aBrokenRecordIsSaidToBeBroken() {
    for (int i = 0; i < 20_000; i++) {
      byte[] json = record().toJson();
      for (int change = random.nextInt(3); change >= 0; change--) {
        json[random.nextInt(json.length)] = (byte) "{}[]\",:0nä".charAt(random.nextInt(10));
      }
      try {
        assertThat(AccountRecord.of(stored(json)).keys()).isNotEmpty();
      } catch (StoreException e) {
        assertThat(e).hasMessageContaining("account.json").hasMessageContaining("not an account");
      }
    }
  }

  private static StoreRecord stored(byte[] json) {
    return new StoreRecord("ca/accounts/default/account.json", json, "1");
  }

  private AccountRecord record() {
    List<Replaced> replaced = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      replaced.add(
          new Replaced(key(), Instant.ofEpochSecond(random.nextInt(), 1_000), random.nextDouble()));
    }
    return new AccountRecord(
        random.nextBoolean() ? Optional.of(URI.create("https://ca.test/a")) : Optional.empty(),
        random.nextBoolean()
            ? Optional.of(Instant.ofEpochSecond(random.nextInt()))
            : Optional.empty(),
        key(),
        random.nextBoolean() ? Optional.of(key()) : Optional.empty(),
        replaced);
  }

  private String key() {
    return Long.toString(random.nextLong(), 36);
  }
}
