package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Every test run must notice a blocking call on a non-blocking thread. */
class BlockHoundTest {

  @Test
  void aBlockingCallOnANonBlockingThreadFails() {
    Mono<Void> sleep = Mono.<Void>fromRunnable(BlockHoundTest::sleep);

    assertThatThrownBy(() -> sleep.subscribeOn(Schedulers.parallel()).block(Duration.ofSeconds(10)))
        .hasCauseInstanceOf(BlockingOperationError.class);
  }

  private static void sleep() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
