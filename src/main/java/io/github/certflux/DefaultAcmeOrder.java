package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AccountState;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An order (RFC 8555 §7.1.3). */
final class DefaultAcmeOrder implements AcmeOrder {
  private static final int PARALLEL = 8;

  private final Parts parts;
  private final AccountState account;
  private final Polling polling;
  private final OrderNames names;
  private final List<ChallengeSolver> solvers;
  private final boolean foundReady;
  private volatile Order state;

  /**
   * An order.
   *
   * @param found whether it was there before, so that somebody else may have worked on it
   */
  DefaultAcmeOrder(
      Parts parts,
      AccountState account,
      Order first,
      boolean found,
      List<ChallengeSolver> solvers) {
    this.foundReady = found && first.status().equals(Status.READY);
    this.parts = parts;
    this.account = account;
    this.polling = new Polling(parts, account, first.url(), this::seen);
    this.names = OrderNames.of(first.identifiers());
    this.solvers = solvers;
    this.state = first;
  }

  @Override
  public URI url() {
    return state.url();
  }

  @Override
  public Order state() {
    return state;
  }

  OrderNames names() {
    return names;
  }

  @Override
  public Mono<Order> refresh() {
    return polling.read().map(Polling.Seen::order);
  }

  @Override
  public Flux<Authorization> authorizations() {
    return Flux.defer(
        () ->
            Flux.fromIterable(state.authorizations())
                .flatMapSequential(
                    url ->
                        new Authorizations(parts, account)
                            .read(url, polling.youngUntilMillis(), polling.order()),
                    PARALLEL));
  }

  private void seen(Order order) {
    state = order;
  }

  @Override
  public Mono<AcmeOrder> authorize(ChallengeSolver... others) {
    List<ChallengeSolver> chosen = others.length == 0 ? solvers : List.of(others);
    return authorize(chosen, false, event -> {});
  }

  Mono<AcmeOrder> authorizeTelling(boolean patient, Consumer<IssueEvent> told) {
    return authorize(solvers, patient, told);
  }

  private Mono<AcmeOrder> authorize(
      List<ChallengeSolver> chosen, boolean patient, Consumer<IssueEvent> told) {
    return parts.timed(
        AcmeOperation.SOLVE,
        url(),
        Mono.defer(
            () ->
                state.status().equals(Status.PENDING) || state.status().equals(Status.INVALID)
                    ? new Authorizing(parts, account, polling, names, chosen, patient, told)
                        .run(state)
                        .thenReturn(this)
                    : Mono.just(this)));
  }

  @Override
  public Mono<Certificate> finalizeWith(CsrSource csr, ChainPreference preference) {
    return finalizeTelling(csr, preference, foundReady, order -> {});
  }

  /**
   * Finalizes it.
   *
   * @param maybeDone whether it may have been finalized before, by whoever worked on it then
   */
  Mono<Certificate> finalizeTelling(
      CsrSource csr, ChainPreference preference, boolean maybeDone, Consumer<Order> told) {
    return parts.bounded( // the request is observed
        AcmeOperation.FINALIZE,
        url(),
        Mono.defer(
            () ->
                new Finalizing(
                        parts,
                        account,
                        polling,
                        names,
                        preference,
                        order -> {
                          seen(order);
                          told.accept(order);
                        })
                    .run(state, csr, maybeDone)));
  }
}
