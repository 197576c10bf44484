package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What was made a moment ago may be unknown to a server that is late. */
class AccountAgeTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final URI URL = URI.create("https://ca.test/acct/1");

  @Test
  void anAccountIsYoungWhereItMayHaveBeenMadeInTheLastWindowByAnybodysClock() {
    assertThat(knownSince(NOW).young(NOW, WINDOW)).isTrue();
    assertThat(knownSince(NOW.minusSeconds(9)).young(NOW, WINDOW)).isTrue();
    assertThat(knownSince(NOW.minus(Duration.ofMinutes(59))).young(NOW, WINDOW)).isTrue();
    assertThat(knownSince(NOW.plus(Duration.ofMinutes(59))).young(NOW, WINDOW)).isTrue();
  }

  @Test
  void aTimeLongPastOrFarInTheFutureMakesNothingYoung() {
    assertThat(knownSince(NOW.minus(Duration.ofHours(2))).young(NOW, WINDOW)).isFalse();
    assertThat(knownSince(NOW.plus(Duration.ofHours(2))).young(NOW, WINDOW)).isFalse();
    assertThat(knownSince(Instant.EPOCH).young(NOW, WINDOW)).isFalse();
    assertThat(AccountRecord.unborn("key").young(NOW, WINDOW)).isFalse();
  }

  @Test
  void theTimeIsKeptThroughEveryChangeAndInTheStore() {
    AccountRecord changed =
        knownSince(NOW)
            .withPending("next")
            .promoted("next", NOW, java.util.Map.of())
            .without(new AccountRecord.Replaced("key", NOW, 1))
            .withPending("third")
            .withoutPending();

    assertThat(changed.known()).contains(NOW);
    assertThat(AccountRecord.of(stored(changed.toJson()))).isEqualTo(changed);
  }

  @Test
  void aRecordOfAVersionThatDidNotKeepTheTimeIsRead() {
    String old = "{\"url\": \"" + URL + "\", \"key\": \"abc\"}";

    AccountRecord read = AccountRecord.of(stored(old.getBytes(StandardCharsets.UTF_8)));

    assertThat(read.url()).contains(URL);
    assertThat(read.known()).isEmpty();
    assertThat(read.young(NOW, WINDOW)).isFalse();
  }

  private static AccountRecord knownSince(Instant time) {
    return AccountRecord.unborn("key").withUrl(URL, time);
  }

  private static StoreRecord stored(byte[] content) {
    return new StoreRecord("account.json", content, "1");
  }
}
