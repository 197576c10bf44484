package io.github.certflux;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Orders under way, in the store from newOrder to certificate: the order's URL and the
 * certificate's key, in one record. The next start resumes what a crash cut off, so that no limit
 * is spent twice and no certificate is lost.
 *
 * <p>A record names who works on it by its seat ({@link Seats}).
 */
final class OrderJournal {
  private static final Logger LOG = LoggerFactory.getLogger(OrderJournal.class);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final AcmeStore store;
  private final String folder;
  private final Crypto crypto;
  private final Seats seats;
  private final Timing timing;
  private final Set<String> here = ConcurrentHashMap.newKeySet();

  /**
   * An order that is to be finished.
   *
   * @param url the order's
   * @param key the certificate's, unless the user has it
   * @param begun when; not in the future
   */
  record Unfinished(URI url, Optional<KeyPair> key, Instant begun) {}

  OrderJournal(AcmeStore store, String folder, Crypto crypto, Seats seats, Timing timing) {
    this.store = store;
    this.folder = folder;
    this.crypto = crypto;
    this.seats = seats;
    this.timing = timing;
  }

  /** The way of one request through the journal; made for one subscription. */
  Entry entry(String account, OrderRequest request) {
    return new Entry(folder + "/accounts/" + account + "/orders/" + request.fingerprint() + ".pem");
  }

  /** One order's record. */
  final class Entry {
    private final String path;
    private final boolean ours;

    /** As this client wrote it last: what another has changed since is no longer its own. */
    private volatile @Nullable StoreRecord written;

    /** As it was last seen: who has changed it since may work on the order in it. */
    private volatile @Nullable StoreRecord seen;

    /** When what is resumed was begun. */
    private volatile @Nullable Instant resumed;

    private Entry(String path) {
      this.path = path;
      this.ours = here.add(path); // the same request twice at a time: two orders, one record
    }

    /**
     * An order that was begun for this request and that nobody works on; empty for none. Takes the
     * seat: where the store can't give one, nothing is to be ordered that could not be written.
     */
    Mono<Unfinished> orphan() {
      return ours
          ? seats
              .taken()
              .then(Mono.defer(() -> store.read(path)))
              .doOnNext(stored -> seen = stored)
              .flatMap(
                  stored ->
                      isOrphan(header(stored, "Owner").orElse(""))
                          .filter(is -> is) // of this seat, too: nobody here works on it
                          .flatMap(orphaned -> take(stored)))
          : Mono.empty();
    }

    /** An owner whose lease is damaged can't hold it. */
    private Mono<Boolean> isOrphan(String owner) {
      return seats
          .isOrphan(owner)
          .onErrorResume(
              StoreException.class,
              error -> {
                LOG.warn("event=owner-not-known record={} next=taken-up", path, error);
                return Mono.just(true);
              });
    }

    private Mono<Unfinished> take(StoreRecord stored) {
      Optional<URI> url = url(stored);
      if (url.isEmpty()) {
        return Mono.empty();
      }
      Instant begun = begun(stored);
      String text = stored.text();
      int begin = text.indexOf("-----BEGIN");
      Mono<Optional<KeyPair>> key =
          begin < 0
              ? Mono.just(Optional.empty())
              : crypto.heavy(() -> Optional.of(KeyPem.parse(text.substring(begin))));
      return key.flatMap(
              pair ->
                  write(url.get(), pair, begun, seat -> Condition.unchanged(stored))
                      .thenReturn(new Unfinished(url.get(), pair, begun)))
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

    /** The server has shown it: what fails from now on is this order. */
    void resumed(Unfinished unfinished) {
      resumed = unfinished.begun();
    }

    /** How long ago the order that is resumed was begun; empty where none is. */
    Optional<Duration> ageOfResumed() {
      return Optional.ofNullable(resumed).map(begun -> Duration.between(begun, timing.now()));
    }

    /**
     * The server has the order: from now on it is not lost. A store that is away for a while is
     * waited for, or the next try would order again. Whoever has lost the seat, as when it closes
     * or hung, writes over nobody who has written here since.
     */
    Mono<Void> began(URI order, Optional<KeyPair> key, Duration patience) {
      resumed = null;
      if (!ours) {
        return Mono.empty();
      }
      long until = timing.millis() + patience.toMillis();
      Retry again = timing.again(AGAIN, error -> mayPass(error) && timing.millis() < until);
      Instant now = timing.now();
      return write(order, key, now, Condition.none()::under)
          .retryWhen(again)
          .onErrorResume(
              StoreConflictException.class,
              seatLost -> write(order, key, now, seat -> asSeen()).retryWhen(again))
          .onErrorResume(
              StoreConflictException.class,
              lost -> {
                LOG.warn("event=order-not-journaled order={} next=not-resumed", order, lost);
                return Mono.empty();
              });
    }

    private Condition asSeen() {
      StoreRecord last = seen;
      return last == null ? Condition.absent() : Condition.unchanged(last);
    }

    private Mono<Void> write(
        URI order, Optional<KeyPair> key, Instant begun, Function<Lease, Condition> condition) {
      return seats
          .taken()
          .flatMap(
              seat -> {
                String text =
                    "Order: "
                        + order
                        + "\nBegun: "
                        + begun
                        + "\nOwner: "
                        + Seats.mark(seat)
                        + "\n"
                        + key.map(this::pem).orElse("");
                return store.write(
                    path, text.getBytes(StandardCharsets.UTF_8), condition.apply(seat));
              })
          .doOnNext(
              record -> {
                written = record;
                seen = record;
              })
          .then();
    }

    private String pem(KeyPair key) {
      return KeyPem.encode(key.getPrivate());
    }

    /** The order is over: there is a certificate, or there will never be one. */
    Mono<Void> ended() {
      resumed = null;
      return Mono.justOrEmpty(written)
          .flatMap(record -> store.delete(path, Condition.unchanged(record)))
          .doOnSuccess(deleted -> seen = null)
          .onErrorResume(StoreConflictException.class, anothersNow -> Mono.empty());
    }

    /** Nobody in this process works on it any more. */
    void close() {
      if (ours) {
        here.remove(path);
      }
    }
  }

  private static boolean mayPass(Throwable error) {
    return error instanceof StoreException && !(error instanceof StoreConflictException);
  }

  private static Optional<URI> url(StoreRecord stored) {
    try {
      return header(stored, "Order").map(URI::create).filter(URI::isAbsolute);
    } catch (IllegalArgumentException e) {
      LOG.warn("event=order-not-known record={} next=new-order", stored.path());
      return Optional.empty();
    }
  }

  /** Now, where the record does not say, or a clock was ahead. */
  private Instant begun(StoreRecord stored) {
    Instant now = timing.now();
    try {
      return header(stored, "Begun").map(Instant::parse).filter(now::isAfter).orElse(now);
    } catch (DateTimeParseException e) {
      return now;
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
}
