package io.github.certflux;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Orders under way, in the store from newOrder to certificate: the order's URL and the
 * certificate's key, in one record. The next start resumes what a crash cut off, so that no limit
 * is spent twice and no certificate is lost.
 *
 * <p>A record names who works on it by its seat ({@link Seats}).
 */
final class OrderJournal {
  private static final Logger LOG = LoggerFactory.getLogger(OrderJournal.class);

  private final AcmeStore store;
  private final String folder;
  private final Crypto crypto;
  private final Seats seats;
  private final Set<String> here = ConcurrentHashMap.newKeySet();

  /**
   * An order that is to be finished.
   *
   * @param url the order's
   * @param key the certificate's, unless the user has it
   */
  record Unfinished(URI url, Optional<KeyPair> key) {}

  OrderJournal(AcmeStore store, String folder, Crypto crypto, Seats seats) {
    this.store = store;
    this.folder = folder;
    this.crypto = crypto;
    this.seats = seats;
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
                  stored ->
                      seats
                          .isOrphan(header(stored, "Owner").orElse(""))
                          .filter(is -> is) // of this seat, too: nobody here works on it
                          .flatMap(orphaned -> take(stored)))
          : Mono.empty();
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
      return seats
          .mark()
          .flatMap(
              mark -> {
                String text =
                    "Order: " + order + "\nOwner: " + mark + "\n" + key.map(this::pem).orElse("");
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
}
