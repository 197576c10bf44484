package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.RetryAfter;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Reads an order until it has changed (RFC 8555 §7.5.1), as often as the server allows. */
final class Polling {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LAST = Duration.ofSeconds(5);

  private final Parts parts;
  private final AccountState account;
  private final URI url;
  private final long youngUntilMillis;
  private final AcmeOperation operation;
  private final Function<AcmeResponse, Order> decoder;
  private final Consumer<Order> told;

  /**
   * An order as it was seen.
   *
   * @param order the order
   * @param retryAfter when the server wants to be asked again
   */
  record Seen(Order order, Optional<Duration> retryAfter) {}

  /**
   * One order; it may have been made just now, here or by the process that told us its URL.
   *
   * @param told is given the order each time it is seen
   */
  Polling(Parts parts, AccountState account, URI url, Consumer<Order> told) {
    this(
        parts,
        account,
        url,
        AcmeOperation.ORDER,
        answer -> parts.resources().order(answer.body(), url),
        told);
  }

  /** An authorization without an order (§7.4.1), read as {@link #asOrder}. */
  static Polling ofAuthorization(Parts parts, AccountState account, URI url) {
    return new Polling(
        parts,
        account,
        url,
        AcmeOperation.AUTHORIZATION,
        answer -> asOrder(parts.resources().authorization(answer.body(), url)),
        seen -> {});
  }

  private Polling(
      Parts parts,
      AccountState account,
      URI url,
      AcmeOperation operation,
      Function<AcmeResponse, Order> decoder,
      Consumer<Order> told) {
    this.operation = operation;
    this.decoder = decoder;
    this.told = told;
    this.parts = parts;
    this.account = account;
    this.url = url;
    this.youngUntilMillis = parts.youngUntilMillis();
  }

  /** An order of one name, as far as its authorization has come. */
  static Order asOrder(Authorization authorization) {
    Status status = authorization.status();
    Status reached =
        status.equals(Status.VALID)
            ? Status.READY
            : status.equals(Status.PENDING) ? Status.PENDING : Status.INVALID;
    return new Order(
        authorization.url(),
        reached,
        authorization.expires(),
        List.of(authorization.identifier()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(authorization.url()),
        authorization.url(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  long youngUntilMillis() {
    return youngUntilMillis;
  }

  /** The order's URL; null for an authorization without one. */
  @Nullable URI order() {
    return operation == AcmeOperation.ORDER ? url : null;
  }

  /** One request. */
  Mono<Seen> read() {
    return parts
        .requests()
        .send(
            SignedRequest.get(
                    operation,
                    url,
                    account,
                    answer ->
                        new Seen(
                            decoder.apply(answer), RetryAfter.of(answer, parts.timing().now())))
                .with(Priority.FINISH)
                .youngUntil(youngUntilMillis)
                .about(order()))
        .doOnNext(seen -> told.accept(seen.order()));
  }

  /**
   * Reads until the order is as wanted.
   *
   * @param first what was seen last; empty to read after the first wait
   */
  Mono<Order> until(Predicate<Order> wanted, Optional<Duration> first) {
    return Mono.defer(() -> new Run(wanted).next(first));
  }

  /** As above; what was seen last may be as wanted already. */
  Mono<Order> until(Predicate<Order> wanted, Optional<Duration> first, Order seen) {
    return wanted.test(seen) ? Mono.just(seen) : until(wanted, first);
  }

  private final class Run {
    private final Predicate<Order> wanted;
    private int reads;

    /** A wait as long as the whole way may take would end it without another look. */
    private final Duration longest = Duration.ofMillis(parts.limits().issueTime().toMillis() / 4);

    Run(Predicate<Order> wanted) {
      this.wanted = wanted;
    }

    Mono<Order> next(Optional<Duration> retryAfter) {
      return pause(retryAfter)
          .then(read())
          .expand(
              seen ->
                  wanted.test(seen.order())
                      ? Mono.empty()
                      : pause(seen.retryAfter()).then(Mono.defer(Polling.this::read)))
          .last()
          .map(Seen::order);
    }

    private Mono<Long> pause(Optional<Duration> retryAfter) {
      Duration own = Timing.doubled(FIRST, reads++, LAST);
      return parts
          .timing()
          .delay(
              retryAfter
                  .filter(wait -> !wait.isZero())
                  .map(wait -> wait.compareTo(longest) > 0 ? longest : wait)
                  .orElseGet(() -> parts.timing().jitter(own)));
    }
  }
}
