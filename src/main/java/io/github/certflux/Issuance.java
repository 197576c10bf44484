package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import io.github.certflux.store.StoreException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The whole way from an order to its certificate (RFC 8555 §7.4), told step by step, and kept in
 * the journal from newOrder to certificate.
 *
 * @param parts of the client
 * @param account that orders
 * @param state of the account
 * @param rollovers tells of another process's rollover
 * @param request what is ordered
 */
record Issuance(
    Parts parts,
    AcmeAccount account,
    AccountState state,
    RolloverFlow rollovers,
    OrderRequest request) {
  private static final Logger LOG = LoggerFactory.getLogger(Issuance.class);
  private static final int MOST_SPOILT = 5;

  /** An order and the CSR that goes with it. */
  private record Begun(DefaultAcmeOrder order, CsrSource csr, boolean resumed) {}

  Flux<IssueEvent> events() {
    return Flux.<IssueEvent>create(
        sink ->
            sink.onDispose(
                journaled(
                        sink::next,
                        (issued, entry) -> {
                          sink.next(issued);
                          cleared(entry).subscribe(); // the user has it now
                          return Mono.<Void>empty();
                        })
                    .contextWrite(sink.contextView())
                    .subscribe(done -> {}, sink::error, sink::complete)));
  }

  /** What keeps the certificate signals; until that is done the journal has the order. */
  <T> Mono<T> kept(Function<Certificate, Mono<T>> keep) {
    return journaled(
        event -> {},
        (issued, entry) ->
            keep.apply(issued.certificate().orElseThrow())
                .materialize()
                .flatMap(end -> end.isOnError() ? Mono.just(end) : cleared(entry).thenReturn(end))
                .dematerialize());
  }

  private <T> Mono<T> journaled(
      Consumer<IssueEvent> told, BiFunction<IssueEvent, OrderJournal.Entry, Mono<T>> end) {
    return Mono.using(
        () -> parts.journal().entry(account.name(), request),
        entry ->
            parts
                .timed(
                    AcmeOperation.ISSUE,
                    state.url(),
                    run(told, entry, false)
                        .onErrorResume(
                            AcmeAuthorizationException.class,
                            error -> afterRollover(told, entry, error, MOST_SPOILT)))
                .onErrorResume(AcmeException.class, error -> unlessDeadEnd(entry, error))
                .flatMap(issued -> end.apply(issued, entry)),
        OrderJournal.Entry::close);
  }

  /** What the same order would fail with again and again is forgotten: the next try orders anew. */
  private <T> Mono<T> unlessDeadEnd(OrderJournal.Entry entry, AcmeException error) {
    boolean dead = entry.ageOfResumed().filter(age -> DeadEnd.isMet(error, age)).isPresent();
    return dead
        ? Mono.<T>fromRunnable(
                () ->
                    LOG.warn(
                        "event=order-given-up account={} reason=\"{}\" next=new-order",
                        state.url(),
                        error.getMessage()))
            .then(forget(entry))
            .then(Mono.error(error))
        : Mono.error(error);
  }

  /**
   * A replica that was late to learn of a new account key, or a rollover by another process, may
   * have spoilt the proof. The next order is not triggered before every replica surely knows the
   * key, or it would be spoilt as well.
   */
  private Mono<IssueEvent> afterRollover(
      Consumer<IssueEvent> told,
      OrderJournal.Entry entry,
      AcmeAuthorizationException error,
      int times) {
    return rollovers
        .refreshed()
        .onErrorReturn(StoreException.class, false)
        .flatMap(
            changed ->
                times > 0 && state.windowOpen()
                    ? run(told, entry, true)
                        .onErrorResume(
                            AcmeAuthorizationException.class,
                            next -> afterRollover(told, entry, next, times - 1))
                    : Mono.error(error));
  }

  private Mono<IssueEvent> run(
      Consumer<IssueEvent> told, OrderJournal.Entry entry, boolean patient) {
    return resumed(entry)
        .switchIfEmpty(Mono.defer(() -> ordered(entry)))
        .flatMap(
            begun ->
                finished(begun, told, patient)
                    .onErrorResume(
                        AcmeAuthorizationException.class,
                        error ->
                            forget(entry)
                                .then(
                                    begun.resumed()
                                        ? Mono.defer(() -> run(told, entry, patient))
                                        : Mono.error(error))));
  }

  /**
   * From the order to its certificate. One that is resumed may fail because of how the work on it
   * ended: the proof was taken away, and the server looked after that.
   */
  private Mono<IssueEvent> finished(Begun begun, Consumer<IssueEvent> told, boolean patient) {
    DefaultAcmeOrder order = begun.order();
    tell(told, IssueEvent.Kind.ORDERED, order.state());
    return order
        .authorizeTelling(patient, told)
        .flatMap(
            ready -> {
              if (!ready.state().status().equals(Status.VALID)) {
                tell(told, IssueEvent.Kind.READY, ready.state());
              }
              return order.finalizeTelling(
                  begun.csr(),
                  request.chain(),
                  begun.resumed(),
                  o -> tell(told, IssueEvent.Kind.FINALIZED, o));
            })
        .map(certificate -> issued(order, certificate));
  }

  private static IssueEvent issued(AcmeOrder order, Certificate certificate) {
    return new IssueEvent(
        IssueEvent.Kind.ISSUED, order.state(), Optional.empty(), "", Optional.of(certificate));
  }

  /**
   * What a crash left. Where the server no longer has it, a new one is ordered; only that is
   * written over it, so that nothing is lost where no order can be made either.
   */
  private Mono<Begun> resumed(OrderJournal.Entry entry) {
    return entry
        .orphan()
        .flatMap(
            unfinished ->
                account
                    .order(unfinished.url())
                    .cast(DefaultAcmeOrder.class)
                    .flatMap(
                        order ->
                            objection(order)
                                .map(reason -> notResumed(unfinished, reason))
                                .orElseGet(() -> Mono.just(goesOn(entry, order, unfinished))))
                    .onErrorResume(
                        AcmeException.class,
                        error ->
                            DeadEnd.isGone(error, age(unfinished))
                                ? notResumed(unfinished, error.toString())
                                : Mono.error(error)));
  }

  private Begun goesOn(
      OrderJournal.Entry entry, DefaultAcmeOrder order, OrderJournal.Unfinished unfinished) {
    entry.resumed(unfinished);
    return new Begun(
        order, unfinished.key().map(request.csr()::withKey).orElse(request.csr()), true);
  }

  private Duration age(OrderJournal.Unfinished unfinished) {
    return Duration.between(unfinished.begun(), parts.timing().now());
  }

  /** Whatever is at its URL now, the certificate must be for what is asked for. */
  private Optional<String> objection(DefaultAcmeOrder order) {
    if (order.state().status().equals(Status.INVALID)) {
      return Optional.of("it is invalid");
    }
    return order.names().are(request.identifiers())
        ? Optional.empty()
        : Optional.of("it is for " + order.names());
  }

  private static Mono<Begun> notResumed(OrderJournal.Unfinished unfinished, String reason) {
    return Mono.fromRunnable(
        () ->
            LOG.warn(
                "event=order-not-resumed order={} reason=\"{}\" next=new-order",
                unfinished.url(),
                reason));
  }

  private Mono<Begun> ordered(OrderJournal.Entry entry) {
    Mono<Optional<KeyPair>> key =
        request
            .csr()
            .newKey()
            .map(type -> parts.crypto().generate(type).map(Optional::of))
            .orElseGet(() -> Mono.just(Optional.empty()));
    return key.flatMap(
        pair ->
            account
                .order(request)
                .cast(DefaultAcmeOrder.class)
                .flatMap(
                    order ->
                        entry
                            .began(order.url(), pair, parts.limits().operationTime())
                            .thenReturn(
                                new Begun(
                                    order,
                                    pair.map(request.csr()::withKey).orElse(request.csr()),
                                    false))));
  }

  /** To its end, also where nobody waits any more. */
  private Mono<Void> cleared(OrderJournal.Entry entry) {
    return parts.underWay().detached(forget(entry));
  }

  private Mono<Void> forget(OrderJournal.Entry entry) {
    return entry
        .ended()
        .onErrorResume(
            error -> {
              LOG.warn(
                  "event=journal-not-cleared account={} next=the-next-issue-fetches-it-again",
                  state.url(),
                  error);
              return Mono.empty();
            });
  }

  private static void tell(Consumer<IssueEvent> told, IssueEvent.Kind kind, Order order) {
    told.accept(new IssueEvent(kind, order, Optional.empty(), "", Optional.empty()));
  }
}
