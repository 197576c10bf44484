package io.github.certflux.manager;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names that were refused lately: a bounded memory, so that whoever asks for many names costs
 * neither decisions nor memory. Thread-safe.
 */
final class Refusals {
  private final Duration time;
  private final Map<String, Instant> until;

  Refusals(int most, Duration time) {
    this.time = time;
    this.until =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > most;
          }
        };
  }

  synchronized void add(String name, Instant now) {
    add(name, now, now.plus(time));
  }

  /** For the time that refusals are remembered, and not beyond a time. */
  synchronized void add(String name, Instant now, Instant atMost) {
    Instant end = now.plus(time);
    until.remove(name);
    until.put(name, atMost.isBefore(end) ? atMost : end);
  }

  synchronized boolean has(String name, Instant now) {
    Instant end = until.get(name);
    if (end != null && (!end.isAfter(now) || end.isAfter(now.plus(time)))) { // or by a wrong clock
      until.remove(name);
      return false;
    }
    return end != null;
  }
}
