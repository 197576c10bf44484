package io.github.certflux.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * The leases that others held when this process last looked, and since when it has seen them so. A
 * lease that was not renewed for a whole term meanwhile is lost, whatever its holder's clock says.
 */
final class Sightings {

  private record Sighting(LeaseFile holder, long since) {}

  private final Scheduler timer;

  /** Guarded by this. */
  private final Map<String, Sighting> last = new HashMap<>();

  Sightings(Scheduler timer) {
    this.timer = timer;
  }

  /** It has just looked, and seen a holder or nobody. */
  synchronized void see(String path, @Nullable LeaseFile holder) {
    Sighting before = last.get(path);
    if (holder == null) {
      last.remove(path);
    } else if (before == null || !holder.equals(before.holder)) {
      last.put(path, new Sighting(holder, timer.now(TimeUnit.NANOSECONDS)));
    }
  }

  /** Whose lease is lost by now, unless it is another than the last that was seen. */
  synchronized @Nullable LeaseFile stale(String path) {
    Sighting sighting = last.get(path);
    return sighting != null && left(sighting).compareTo(Duration.ZERO) <= 0
        ? sighting.holder
        : null;
  }

  /** How long to wait for the end of its term, by its holder's clock or by this process's. */
  synchronized Duration untilFree(String path, Duration most) {
    Sighting sighting = last.get(path);
    if (sighting == null) {
      return most;
    }
    Instant now = Instant.ofEpochMilli(timer.now(TimeUnit.MILLISECONDS));
    Duration ended = Duration.between(now, sighting.holder.expires());
    return Collections.min(List.of(most, ended, left(sighting)));
  }

  private Duration left(Sighting sighting) {
    long seen = timer.now(TimeUnit.NANOSECONDS) - sighting.since;
    return sighting.holder.term().minusNanos(seen);
  }
}
