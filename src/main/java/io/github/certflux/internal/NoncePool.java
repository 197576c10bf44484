package io.github.certflux.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The nonces of one directory (RFC 8555 §6.5): fed by every answer, the youngest is used first, the
 * old are forgotten. When there is none, each waiting request fetches one at most, and takes
 * whichever comes first.
 */
public final class NoncePool {
  private static final int LONGEST = 1024;

  private final Timing timing;
  private final int size;
  private final Duration age;
  private final Deque<Nonce> nonces = new ArrayDeque<>();
  private final Deque<Ticket> waiting = new ArrayDeque<>();
  private final Loop loop = new Loop();
  private int fetching;

  private record Nonce(String value, long bornMillis) {}

  /**
   * An empty pool.
   *
   * @param size how many are kept at most
   * @param age how old a nonce may be when it is used
   */
  public NoncePool(Timing timing, int size, Duration age) {
    this.timing = timing;
    this.size = size;
    this.age = age;
  }

  /** Takes what an answer brought. */
  public void put(@Nullable String value) {
    if (value == null || !isNonce(value)) {
      return;
    }
    synchronized (this) {
      nonces.addFirst(new Nonce(value, timing.millis()));
      if (waiting.isEmpty()) {
        if (nonces.size() > size) {
          nonces.removeLast();
        }
        return;
      }
    }
    loop.run(this::serveOne);
  }

  private boolean serveOne() {
    Ticket next;
    Nonce nonce;
    synchronized (this) {
      if (waiting.isEmpty() || nonces.isEmpty()) {
        return false;
      }
      next = waiting.removeFirst();
      nonce = nonces.removeFirst();
      next.nonce = nonce.value();
    }
    next.deliver(nonce.value());
    return true;
  }

  /** How many are kept. */
  public synchronized int available() {
    return nonces.size();
  }

  private @Nullable String poll() {
    forgetOld();
    Nonce youngest = nonces.pollFirst();
    return youngest == null ? null : youngest.value();
  }

  private void forgetOld() {
    Nonce youngest = nonces.peekFirst();
    if (youngest != null && timing.millis() - youngest.bornMillis() > age.toMillis()) {
      nonces.clear();
    }
  }

  /** Whether it can be a nonce (RFC 8555 §6.5.1); others are passed over. */
  static boolean isNonce(@Nullable String value) {
    if (value == null || value.isEmpty() || value.length() > LONGEST) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean base64url =
          (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_';
      if (!base64url) {
        return false;
      }
    }
    return true;
  }

  private synchronized void fetched() {
    fetching--;
  }

  /** A ticket for one nonce. */
  public Ticket ticket() {
    return new Ticket();
  }

  /** One nonce: waited for, held, or spent. Only one that is held goes back to the pool. */
  public final class Ticket implements AutoCloseable {
    private @Nullable String nonce;
    private @Nullable MonoSink<String> sink;
    private boolean closed;

    private Ticket() {}

    /** A nonce from the pool, if there is one that nobody waits for. */
    public @Nullable String take() {
      synchronized (NoncePool.this) {
        nonce = waiting.isEmpty() ? poll() : null;
        return nonce;
      }
    }

    /**
     * Waits for a nonce.
     *
     * @param fetch asks the server for one and puts it into this pool, or signals an error; run to
     *     its end, so that a nonce on its way is not lost
     */
    public Mono<String> await(Mono<Void> fetch) {
      return Mono.create(
          s -> {
            boolean needed;
            synchronized (NoncePool.this) {
              if (closed) {
                return;
              }
              forgetOld();
              sink = s;
              waiting.addLast(this);
              needed = waiting.size() > nonces.size();
              fetching += needed ? 1 : 0;
            }
            loop.run(NoncePool.this::serveOne);
            if (needed) {
              fetch.subscribe(nothing -> {}, this::notFetched, NoncePool.this::fetched);
            }
          });
    }

    private void deliver(String value) {
      MonoSink<String> waiter = sink;
      if (waiter != null) {
        waiter.success(value);
      }
    }

    /**
     * This fetch failed. Its waiter may have got the nonce of another one's; then that one is left,
     * and nothing may be on its way to it.
     */
    private void notFetched(Throwable error) {
      Ticket unlucky = this;
      synchronized (NoncePool.this) {
        fetching--;
        if (!waiting.contains(this)) {
          unlucky = waiting.size() > fetching + nonces.size() ? waiting.peekLast() : null;
        }
        waiting.remove(unlucky);
      }
      if (unlucky != null) {
        unlucky.fail(error);
      }
    }

    private void fail(Throwable error) {
      MonoSink<String> waiter = sink;
      if (waiter != null) {
        waiter.error(error);
      }
    }

    /** The nonce is on its way to the server: it is no longer ours. */
    public void spend() {
      synchronized (NoncePool.this) {
        nonce = null;
      }
    }

    /** Gives up the wait, or gives back a nonce that was not spent. */
    @Override
    public void close() {
      String unused;
      synchronized (NoncePool.this) {
        if (closed) {
          return;
        }
        closed = true;
        waiting.remove(this);
        unused = nonce;
        nonce = null;
      }
      put(unused);
    }
  }
}
