package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {
  private final OpenConnections connections = new OpenConnections(3, 20_000);

  private EmbeddedChannel connect() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    connections.accept(channel);
    return channel;
  }

  @Test
  void beyondTheBoundTheOldestGoes() {
    List<EmbeddedChannel> open = Stream.generate(this::connect).limit(5).toList();

    assertThat(open)
        .extracting(EmbeddedChannel::isOpen)
        .containsExactly(false, false, true, true, true);
    assertThat(connections.size()).isEqualTo(3);
  }

  @Test
  void noneLivesLongerThanItMay() {
    EmbeddedChannel channel = connect();

    channel.advanceTimeBy(19_999, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();

    assertThat(channel.isOpen()).isFalse();
    assertThat(connections.size()).isZero();
  }

  @Test
  void whatIsClosedIsForgotten() {
    EmbeddedChannel channel = connect();

    channel.close().syncUninterruptibly();

    assertThat(connections.size()).isZero();
    connections.closeAll();
  }
}
