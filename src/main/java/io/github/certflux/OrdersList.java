package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.Links;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProtocolException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Reads an account's list of orders (RFC 8555 §7.1.2.1), page by page. A page is fetched when more
 * is asked for than all pages before have held; Reactor's own operators would fetch one ahead.
 *
 * @param parts of the client
 * @param account whose orders
 */
record OrdersList(Parts parts, AccountState account) {
  /** Far more than an account has orders; a server that plays foul has more. */
  private static final int MOST_PAGES = 1_000;

  private record Page(List<URI> orders, Optional<URI> next) {}

  Flux<URI> from(URI first) {
    return Flux.create(sink -> new Reading(first, sink).begin());
  }

  private Mono<Page> page(URI url) {
    return parts
        .requests()
        .send(
            SignedRequest.get(
                AcmeOperation.ORDERS,
                url,
                account,
                answer -> {
                  Fields json = Json.read(answer.body(), "orders list");
                  List<String> next = Links.of(answer).targets("next");
                  return new Page(
                      json.urls("orders", parts.resources().urls()),
                      next.stream()
                          .findFirst()
                          .map(target -> parts.resources().urls().resolve(url, target, "Link")));
                }));
  }

  /** One subscription. Demand and pages come on any thread; whoever comes first does the work. */
  private final class Reading {
    private final FluxSink<URI> sink;
    private final Set<URI> seen = new HashSet<>();
    private final AtomicInteger work = new AtomicInteger();
    private final AtomicLong asked = new AtomicLong();
    private final Disposable.Swap fetch = Disposables.swap();
    private long given;
    private @Nullable URI next;
    private volatile boolean fetching; // written last: guards the three above

    Reading(URI first, FluxSink<URI> sink) {
      this.next = first;
      this.sink = sink;
    }

    void begin() {
      sink.onDispose(fetch);
      sink.onRequest(
          more -> {
            asked.accumulateAndGet(more, Operators::addCap);
            fetchWhatIsAskedFor();
          });
    }

    private void fetchWhatIsAskedFor() {
      if (work.getAndIncrement() != 0) {
        return;
      }
      do {
        if (!fetching && asked.get() > given) {
          URI url = next;
          if (url != null && !sink.isCancelled()) {
            fetching = true;
            fetch(url);
          }
        }
      } while (work.decrementAndGet() != 0);
    }

    private void fetch(URI url) {
      if (!seen.add(url) || seen.size() > MOST_PAGES) {
        sink.error(
            new AcmeProtocolException(
                new AcmeException.At(AcmeOperation.ORDERS, url, 0),
                "an orders list that ends",
                seen.size() > MOST_PAGES ? "more than " + MOST_PAGES + " pages" : "a page again",
                null));
        return;
      }
      fetch.replace(page(url).contextWrite(sink.contextView()).subscribe(this::read, sink::error));
    }

    private void read(Page page) {
      page.orders().forEach(sink::next);
      given += page.orders().size();
      next = page.next().orElse(null);
      fetching = false;
      if (page.next().isEmpty()) {
        sink.complete();
      }
      fetchWhatIsAskedFor();
    }
  }
}
