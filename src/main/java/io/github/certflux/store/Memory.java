package io.github.certflux.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What the views of one store in memory share. A single short monitor guards records and leases
 * together, since a write must see both at once; nothing is signalled while it is held.
 */
final class Memory {

  private final Scheduler timer;
  private final NavigableMap<String, StoreRecord> records = new TreeMap<>();
  private final Map<String, Slot> slots = new HashMap<>();
  private final ChangeHints hints = new ChangeHints(true);
  private long lastToken;

  Memory(Scheduler timer) {
    this.timer = timer;
  }

  synchronized @Nullable StoreRecord read(String path) {
    StoreRecord found = records.get(path);
    return found == null ? null : copy(found);
  }

  void write(StoreRecord record, Condition condition) {
    synchronized (this) {
      checkLease(record.path(), condition);
      Conflicts.check(record.path(), condition, versionAt(record.path()));
      records.put(record.path(), record);
    }
    hints.changed(record.path());
  }

  void delete(String path, Condition condition) {
    synchronized (this) {
      checkLease(path, condition);
      Conflicts.checkDelete(path, condition, versionAt(path));
      if (records.remove(path) == null) {
        return;
      }
    }
    hints.changed(path);
  }

  Flux<String> changes(String folder) {
    return hints.below(folder);
  }

  synchronized List<String> list(String folder) {
    String prefix = folder.isEmpty() ? "" : folder + "/";
    return records.tailMap(prefix).keySet().stream()
        .takeWhile(path -> path.startsWith(prefix))
        .toList();
  }

  private @Nullable String versionAt(String path) {
    StoreRecord found = records.get(path);
    return found == null ? null : found.version();
  }

  private void checkLease(String path, Condition condition) {
    condition
        .lease()
        .ifPresent(
            lease -> {
              Slot slot = slots.get(lease.path());
              if (slot == null || slot.held == null || slot.held.token() != lease.token()) {
                throw Conflicts.leaseLost(path, lease);
              }
            });
  }

  static StoreRecord copy(StoreRecord record) {
    return new StoreRecord(record.path(), record.content().clone(), record.version());
  }

  // Leases.

  /** Puts a waiter at the end of the queue. */
  void await(Object owner, String path, Duration term, LeaseWaiter waiter) {
    Slot slot;
    synchronized (this) {
      slot = slot(path);
      slot.queue.add(new Waiting(owner, term, waiter));
    }
    pump(slot);
  }

  /** Takes the lease if nobody has it. */
  void tryAcquire(Object owner, String path, Duration term, LeaseWaiter waiter) {
    HeldLease lease = null;
    Slot slot;
    synchronized (this) {
      slot = slot(path);
      if (slot.isFree() && slot.queue.isEmpty()) {
        lease = slot.grant(owner, term);
      }
    }
    if (lease == null) {
      pump(slot);
      waiter.complete();
    } else if (!waiter.deliver(lease)) {
      give(lease);
    }
  }

  /** Takes a waiter that has cancelled out of the queue. */
  void forget(String path, LeaseWaiter waiter) {
    synchronized (this) {
      Slot slot = slots.get(path);
      if (slot != null) {
        slot.queue.removeIf(waiting -> waiting.waiter == waiter);
        tidy(slot);
      }
    }
  }

  /** Takes the leases of an owner away from it. */
  void free(Object owner) {
    List<Slot> freed = new ArrayList<>();
    synchronized (this) {
      for (Slot slot : slots.values()) {
        if (slot.held != null && slot.held.owner == owner) {
          slot.held = null;
          freed.add(slot);
        }
      }
    }
    freed.forEach(this::pump);
  }

  /** Takes those that wait for an owner out of the queues. */
  List<LeaseWaiter> removeWaiters(Object owner) {
    List<LeaseWaiter> removed = new ArrayList<>();
    synchronized (this) {
      Predicate<Waiting> isOwners = waiting -> waiting.owner == owner;
      for (Slot slot : slots.values()) {
        slot.queue.stream().filter(isOwners).forEach(waiting -> removed.add(waiting.waiter));
        slot.queue.removeIf(isOwners);
      }
    }
    return removed;
  }

  private void give(HeldLease lease) {
    Slot slot;
    synchronized (this) {
      slot = slots.get(lease.path);
      if (slot == null || slot.held != lease) {
        return;
      }
      slot.held = null;
    }
    pump(slot);
  }

  private synchronized void renew(HeldLease lease) {
    Slot slot = slots.get(lease.path);
    if (slot == null || slot.held != lease) {
      throw Conflicts.leaseLost(lease.path, lease);
    }
    slot.expires = now() + lease.term.toNanos();
  }

  /**
   * Gives the lease to those that wait, one after the other, for as long as it is free. One thread
   * at a time does so for a path: a waiter that releases at once must not pile up on the stack.
   */
  private void pump(Slot slot) {
    if (slot.pumping.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      for (Grant grant = next(slot); grant != null; grant = next(slot)) {
        if (!grant.waiter.deliver(grant.lease)) {
          give(grant.lease);
        }
      }
      missed = slot.pumping.addAndGet(-missed);
    } while (missed != 0);
  }

  private synchronized @Nullable Grant next(Slot slot) {
    if (!slot.isFree()) {
      watch(slot);
      return null;
    }
    Waiting waiting = slot.queue.poll();
    if (waiting == null) {
      tidy(slot);
      return null;
    }
    return new Grant(waiting.waiter, slot.grant(waiting.owner, waiting.term));
  }

  /** Looks again when the term of the lease that others wait for has ended. */
  private void watch(Slot slot) {
    if (slot.queue.isEmpty() || slot.watched) {
      return;
    }
    Runnable look =
        () -> {
          synchronized (this) {
            slot.watched = false;
          }
          pump(slot);
        };
    slot.watched = true; // First: on a virtual clock that moves on meanwhile it looks at once.
    try {
      timer.schedule(look, slot.expires - now(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The timer was shut down: no term ends any more, but a release still wakes the next.
      slot.watched = false;
    }
  }

  private Slot slot(String path) {
    return slots.computeIfAbsent(path, Slot::new);
  }

  /** A slot that nobody holds or waits for is not kept: tokens come from one counter. */
  private void tidy(Slot slot) {
    if (slot.held == null && slot.queue.isEmpty()) {
      slots.remove(slot.path, slot);
    }
  }

  private long now() {
    return timer.now(TimeUnit.NANOSECONDS);
  }

  private record Waiting(Object owner, Duration term, LeaseWaiter waiter) {}

  private record Grant(LeaseWaiter waiter, HeldLease lease) {}

  private final class Slot {
    final String path;
    final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    final AtomicInteger pumping = new AtomicInteger();
    @Nullable HeldLease held;
    long expires;
    boolean watched;

    Slot(String path) {
      this.path = path;
    }

    boolean isFree() {
      return held == null || now() - expires >= 0;
    }

    HeldLease grant(Object owner, Duration term) {
      HeldLease lease = new HeldLease(owner, path, ++lastToken, term);
      held = lease;
      expires = now() + term.toNanos();
      return lease;
    }
  }

  private final class HeldLease implements Lease {
    private final Object owner;
    private final String path;
    private final long token;
    private final Duration term;

    HeldLease(Object owner, String path, long token, Duration term) {
      this.owner = owner;
      this.path = path;
      this.token = token;
      this.term = term;
    }

    @Override
    public String path() {
      return path;
    }

    @Override
    public long token() {
      return token;
    }

    @Override
    public Mono<Void> renew() {
      return Mono.fromRunnable(() -> Memory.this.renew(this));
    }

    @Override
    public Mono<Void> release() {
      return Mono.fromRunnable(() -> give(this));
    }

    @Override
    public String toString() {
      return path + "#" + token;
    }
  }
}
