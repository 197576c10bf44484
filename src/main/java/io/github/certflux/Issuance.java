package io.github.certflux;

import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/**
 * The whole way from an order to its certificate (RFC 8555 §7.4), told step by step.
 *
 * @param parts of the client
 * @param account that orders
 * @param url the account's
 * @param request what is ordered
 */
record Issuance(Parts parts, AcmeAccount account, URI url, OrderRequest request) {

  Flux<IssueEvent> events() {
    Duration limit = parts.limits().issueTime();
    return Flux.<IssueEvent>create(
        sink ->
            sink.onDispose(
                run(sink)
                    .timeout(
                        Mono.delay(limit, parts.timing().timer()),
                        Mono.error(
                            () ->
                                new AcmeTimeoutException(
                                    new AcmeException.At(AcmeOperation.ISSUE, url, 0),
                                    limit,
                                    null)))
                    .contextWrite(sink.contextView())
                    .subscribe(sink::next, sink::error, sink::complete)));
  }

  private Mono<IssueEvent> run(FluxSink<IssueEvent> told) {
    return account
        .order(request)
        .cast(DefaultAcmeOrder.class)
        .flatMap(
            order -> {
              tell(told, IssueEvent.Kind.ORDERED, order.state());
              return order
                  .authorizeTelling(told::next)
                  .flatMap(
                      ready -> {
                        if (!ready.state().status().equals(Status.VALID)) {
                          tell(told, IssueEvent.Kind.READY, ready.state());
                        }
                        return order.finalizeTelling(
                            request.csr(), o -> tell(told, IssueEvent.Kind.FINALIZED, o));
                      })
                  .map(
                      certificate ->
                          new IssueEvent(
                              IssueEvent.Kind.ISSUED,
                              order.state(),
                              Optional.empty(),
                              "",
                              Optional.of(certificate)));
            });
  }

  private static void tell(FluxSink<IssueEvent> told, IssueEvent.Kind kind, Order order) {
    told.next(new IssueEvent(kind, order, Optional.empty(), "", Optional.empty()));
  }
}
