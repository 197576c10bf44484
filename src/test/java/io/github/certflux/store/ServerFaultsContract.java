package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.TERM;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.utf8;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.store.ChangesContract.Heard;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** What a store does when its server hangs or dies. */
interface ServerFaultsContract extends StoreUnderTest {

  Duration SHORT = Duration.ofMillis(500);

  TestServer server();

  /** What a store asks of the server. */
  StoreServer calls();

  /** A store on the real clock with a time limit of its own. */
  AcmeStore openThreaded(Duration limit);

  /** The server's clock goes forward against the terms of all leases, or is set back. */
  void shift(Duration time);

  @Test
  default void aServerThatHangsCostsTheTimeLimitAndIsUsedAgain() throws Exception {
    AcmeStore store = openThreaded(SHORT);
    again(store.write("a", utf8("1"), Condition.none()));
    server().pause();
    try {
      assertThatThrownBy(() -> store.read("a").block(PATIENCE))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot read a")
          .hasMessageContaining("no answer within 500 ms");
      assertThatThrownBy(() -> store.tryAcquire("a", TERM).block(PATIENCE))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot acquire the lease a");
    } finally {
      server().resume();
    }

    assertThat(again(store.read("a")).text()).isEqualTo("1");
    again(store.write("a", utf8("2"), Condition.none()));
    assertThat(text(openThreaded(), "a")).isEqualTo("2");
  }

  @Test
  default void aServerThatIsKilledLosesNothingThatWasSignalledAsDone() throws Exception {
    AcmeStore store = openThreaded();
    Heard heard = Heard.of(store, "r");
    heard.await(this, "r");
    IntStream.range(0, 50).forEach(i -> write(store, "r/" + i, "content " + i));
    heard.await(this, "r/49");
    Lease lease = await(store.acquire("lease", TERM));
    server().kill();
    try {
      assertThatThrownBy(() -> store.read("r/1").block(PATIENCE))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot read r/1");
    } finally {
      server().start();
    }

    assertThat(again(store.read("r/49")).text()).isEqualTo("content 49");
    assertThat(again(store.list("r").collectList())).hasSize(50);
    again(store.write("r/50", utf8("under the lease"), Condition.none().under(lease)));
    heard.await(this, "r");
    again(store.write("r/51", utf8("told"), Condition.none()));
    heard.await(this, "r/51");
    again(lease.release());
    assertThat(again(store.acquire("lease", TERM)).token()).isGreaterThan(lease.token());
  }

  @Test
  default void aHolderThatIsCutOffLosesTheLeaseAndItsLateWriteIsRefused() throws Exception {
    AcmeStore cutOff = openThreaded();
    AcmeStore other = openThreaded();
    Lease lost = await(cutOff.acquire("a", Duration.ofSeconds(1)));
    write(cutOff, "journal", "1");
    Mono<StoreRecord> late = cutOff.write("journal", utf8("late"), Condition.none().under(lost));

    Lease held = await(other.acquire("a", TERM)); // when the term has ended
    await(other.write("journal", utf8("2"), Condition.none().under(held)));

    assertThat(held.token()).isGreaterThan(lost.token());
    StepVerifier.create(late).expectError(StoreConflictException.class).verify(PATIENCE);
    StepVerifier.create(lost.renew()).expectError(StoreConflictException.class).verify(PATIENCE);
    assertThat(text(other, "journal")).isEqualTo("2");
  }

  @Test
  default void aClockThatIsSetBackKeepsNoLeaseOfADeadHolder() {
    Lease old = await(open().acquire("a", TERM));
    shift(Duration.ofMinutes(-30));
    StepVerifier.create(open().tryAcquire("a", TERM)).expectComplete().verify(PATIENCE);

    shift(Duration.ofDays(-1));
    Lease next = await(open().tryAcquire("a", TERM));

    assertThat(next.token()).isGreaterThan(old.token());
    StepVerifier.create(old.renew()).expectError(StoreConflictException.class).verify(PATIENCE);
  }

  /** The answer is lost, and the driver sends it once more. */
  @Test
  default void theSameAttemptTwiceIsDoneOnce() {
    StoreServer server = calls();
    StoreRecord record = new StoreRecord("a", utf8("1"), StoreRules.version(utf8("1")));
    server.write(record, Condition.absent(), "attempt 1").block(PATIENCE);
    server.write(record, Condition.absent(), "attempt 1").block(PATIENCE);
    StepVerifier.create(server.write(record, Condition.absent(), "attempt 2"))
        .expectError(StoreConflictException.class)
        .verify(PATIENCE);

    long token = await(server.take("l", TERM, "attempt 3"));
    assertThat(await(server.take("l", TERM, "attempt 3"))).isEqualTo(token);
    StepVerifier.create(server.take("l", TERM, "attempt 4")).expectComplete().verify(PATIENCE);
    server.close().block(PATIENCE);
  }

  /** Tries until the server is there again. */
  static <T> T again(Mono<T> mono) {
    return mono.retryWhen(Retry.fixedDelay(300, Duration.ofMillis(100))).block(PATIENCE);
  }
}
