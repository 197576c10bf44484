package io.github.certflux.testca;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The requests that reached the CA: all are counted, the last ones kept. */
public final class Requests {
  private final int most;
  private final Map<Endpoint, Long> counts = new EnumMap<>(Endpoint.class);
  private final Deque<Exchange> last = new ArrayDeque<>();

  Requests(int most) {
    this.most = most;
  }

  synchronized void add(Exchange exchange) {
    counts.merge(exchange.endpoint(), 1L, Long::sum);
    if (most > 0) {
      last.addLast(exchange);
      if (last.size() > most) {
        last.removeFirst();
      }
    }
  }

  /** How many a resource got. */
  public synchronized long count(Endpoint endpoint) {
    return counts.getOrDefault(endpoint, 0L);
  }

  /** How many of those kept are like that. */
  public long count(Predicate<Exchange> like) {
    return all().stream().filter(like).count();
  }

  /** How many there were. */
  public synchronized long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Those kept, oldest first. */
  public synchronized List<Exchange> all() {
    return new ArrayList<>(last);
  }

  /** Those kept of one resource, oldest first. */
  public List<Exchange> of(Endpoint endpoint) {
    return all().stream().filter(e -> e.endpoint() == endpoint).toList();
  }

  /** Counts from nothing again. */
  public synchronized void clear() {
    counts.clear();
    last.clear();
  }
}
