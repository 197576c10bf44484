package io.github.certflux.challenge;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a public port, which anyone may open: none lives longer than it must, and when
 * there are too many the oldest goes, since a CA needs its own for some milliseconds only.
 */
final class OpenConnections {
  private final int max;
  private final long lifetimeMillis;
  private final Set<Channel> open = new LinkedHashSet<>();

  OpenConnections(int max, long lifetimeMillis) {
    this.max = max;
    this.lifetimeMillis = lifetimeMillis;
  }

  void accept(Channel channel) {
    Future<?> end =
        channel.eventLoop().schedule(() -> close(channel), lifetimeMillis, TimeUnit.MILLISECONDS);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              end.cancel(false);
              remove(channel);
            });
    close(add(channel));
  }

  private synchronized @Nullable Channel add(Channel channel) {
    open.add(channel);
    if (open.size() <= max) {
      return null;
    }
    Iterator<Channel> oldest = open.iterator();
    Channel surplus = oldest.next();
    oldest.remove();
    return surplus;
  }

  private synchronized void remove(Channel channel) {
    open.remove(channel);
  }

  synchronized int size() {
    return open.size();
  }

  void closeAll() {
    List<Channel> all;
    synchronized (this) {
      all = new ArrayList<>(open);
    }
    all.forEach(OpenConnections::close);
  }

  @SuppressWarnings("FutureReturnValueIgnored")
  private static void close(@Nullable Channel channel) {
    if (channel != null) {
      channel.close();
    }
  }
}
