package io.github.certflux;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Orders under way, in the store from newOrder to certificate: the order's URL and the
 * certificate's key, in one record. The next start resumes what a crash cut off, so that no limit
 * is spent twice and no certificate is lost.
 *
 * <p>A record names who works on it by a seat: a lease that each client holds while it lives. A
 * record whose seat is empty, or was taken by another since, is an orphan.
 */
final class OrderJournal {
  private static final Logger LOG = LoggerFactory.getLogger(OrderJournal.class);
  private static final Duration TERM = Duration.ofSeconds(30);
  private static final Duration RENEWAL = Duration.ofSeconds(10);
  private static final int SEATS = 1000;

  private final AcmeStore store;
  private final String folder;
  private final Crypto crypto;
  private final Timing timing;
  private final UnderWay underWay;
  private final Set<String> here = ConcurrentHashMap.newKeySet();
  private final Mono<Lease> seat;
  private volatile @Nullable Lease held;

  /**
   * An order that is to be finished.
   *
   * @param url the order's
   * @param key the certificate's, unless the user has it
   */
  record Unfinished(URI url, Optional<KeyPair> key) {}

  /** The seat of another client, as a record names it. */
  private record Seat(String path, long token) implements Lease {
    private static final Pattern MARK = Pattern.compile("([^#]+)#(\\d{1,18})");

    static Optional<Seat> of(String mark) {
      Matcher matcher = MARK.matcher(mark);
      return matcher.matches()
          ? Optional.of(new Seat(matcher.group(1), Long.parseLong(matcher.group(2))))
          : Optional.empty();
    }

    @Override
    public Mono<Void> renew() {
      return Mono.error(new UnsupportedOperationException("not ours"));
    }

    @Override
    public Mono<Void> release() {
      return Mono.error(new UnsupportedOperationException("not ours"));
    }
  }

  OrderJournal(AcmeStore store, String folder, Crypto crypto, Timing timing, UnderWay underWay) {
    this.store = store;
    this.folder = folder;
    this.crypto = crypto;
    this.timing = timing;
    this.underWay = underWay;
    this.seat = takeSeat().cacheInvalidateIf(lease -> lease != held);
  }

  /** The way of one request through the journal; made for one subscription. */
  Entry entry(String account, OrderRequest request) {
    return new Entry(folder + "/accounts/" + account + "/orders/" + request.fingerprint() + ".pem");
  }

  /** One order's record. */
  final class Entry {
    private final String path;
    private final boolean ours;

    private Entry(String path) {
      this.path = path;
      this.ours = here.add(path); // the same request twice at a time: two orders, one record
    }

    /** An order that was begun for this request and that nobody works on; empty for none. */
    Mono<Unfinished> orphan() {
      return ours
          ? store
              .read(path)
              .flatMap(
                  stored -> isOrphan(stored).filter(is -> is).flatMap(orphaned -> take(stored)))
          : Mono.empty();
    }

    private Mono<Boolean> isOrphan(StoreRecord stored) {
      Optional<Seat> owner = header(stored, "Owner").flatMap(Seat::of);
      return seat.flatMap(
          own -> {
            if (owner.isEmpty() || owner.get().path().equals(own.path())) {
              return Mono.just(true); // of this seat, and nobody here works on it
            }
            return store
                .tryAcquire(owner.get().path(), TERM)
                .flatMap(free -> free.release().thenReturn(true))
                .switchIfEmpty(isTakenSince(owner.get()));
          });
    }

    /** Whether somebody has the seat, but not its owner; asked by a change to what is not there. */
    private Mono<Boolean> isTakenSince(Seat owner) {
      return store
          .delete(owner.path(), Condition.none().under(owner))
          .thenReturn(false)
          .onErrorResume(StoreConflictException.class, e -> Mono.just(true));
    }

    private Mono<Unfinished> take(StoreRecord stored) {
      Optional<URI> url = header(stored, "Order").map(URI::create);
      if (url.isEmpty()) {
        return Mono.empty();
      }
      String text = stored.text();
      int begin = text.indexOf("-----BEGIN");
      Mono<Optional<KeyPair>> key =
          begin < 0
              ? Mono.just(Optional.empty())
              : crypto.heavy(() -> Optional.of(KeyPem.parse(text.substring(begin))));
      return key.flatMap(
              pair ->
                  write(url.get(), pair, Condition.unchanged(stored))
                      .thenReturn(new Unfinished(url.get(), pair)))
          .doOnNext(taken -> LOG.info("event=order-resumed order={}", taken.url()))
          // another process has taken it up meanwhile, or has brought it to its end
          .onErrorResume(StoreConflictException.class, e -> Mono.empty())
          .onErrorResume(
              KeyFormatException.class,
              e -> {
                LOG.warn(
                    "event=order-not-resumed order={} record={} reason=\"{}\" next=new-order",
                    url.get(),
                    path,
                    e.getMessage());
                return Mono.empty();
              });
    }

    /** The server has the order: from now on it is not lost. */
    Mono<Void> began(URI order, Optional<KeyPair> key) {
      return ours ? write(order, key, Condition.none()) : Mono.empty();
    }

    private Mono<Void> write(URI order, Optional<KeyPair> key, Condition condition) {
      return seat.flatMap(
              lease -> {
                String text =
                    "Order: "
                        + order
                        + "\nOwner: "
                        + mark(lease)
                        + "\n"
                        + key.map(this::pem).orElse("");
                return store.write(path, text.getBytes(StandardCharsets.UTF_8), condition);
              })
          .then();
    }

    private String pem(KeyPair key) {
      return KeyPem.encode(key.getPrivate());
    }

    /** The order is over: there is a certificate, or there will never be one. */
    Mono<Void> ended() {
      return ours ? store.delete(path, Condition.none()) : Mono.empty();
    }

    /** Nobody in this process works on it any more. */
    void close() {
      if (ours) {
        here.remove(path);
      }
    }
  }

  private static Optional<String> header(StoreRecord stored, String name) {
    return stored
        .text()
        .lines()
        .takeWhile(line -> !line.startsWith("-----"))
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst();
  }

  private static String mark(Lease lease) {
    return lease.path() + "#" + lease.token();
  }

  private Mono<Lease> takeSeat() {
    return Flux.range(0, SEATS)
        .concatMap(number -> store.tryAcquire(folder + "/seats/" + number, TERM), 0)
        .next()
        .switchIfEmpty(
            Mono.error(() -> new IllegalStateException("more than " + SEATS + " clients")))
        .doOnNext(
            lease -> {
              held = lease;
              keep(lease);
            });
  }

  private void keep(Lease lease) {
    underWay
        .detached(
            timing
                .delay(RENEWAL)
                .then(Mono.defer(lease::renew))
                .repeat()
                .takeUntilOther(underWay.closing())
                .then(Mono.defer(lease::release)))
        .subscribe(
            done -> {},
            error -> {
              held = null;
              LOG.warn("event=seat-lost seat={} next=another-seat", mark(lease), error);
            });
  }
}
