package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends an order (RFC 8555 §7.4).
 *
 * @param parts of the client
 * @param account that orders
 */
record NewOrder(Parts parts, AccountState account) {
  private static final Logger LOG = LoggerFactory.getLogger(NewOrder.class);

  /** Nothing is ordered that the CSR does not fit. */
  Mono<Order> send(Directory directory, OrderRequest request) {
    offered(directory, request);
    return request
        .csr()
        .given(request.identifiers(), parts.crypto())
        .then(Mono.defer(() -> order(directory, request)));
  }

  private Mono<Order> order(Directory directory, OrderRequest request) {
    boolean replaces = request.replaces().isPresent() && directory.renewalInfo().isPresent();
    Mono<Order> order = post(directory, request, replaces);
    return replaces
        ? order.onErrorResume(
            AcmeProblemException.class,
            refused ->
                isAboutReplacing(refused)
                    ? without(directory, request, refused)
                    : Mono.error(refused))
        : order;
  }

  /** A profile that the directory does not list must not be asked for (profiles §4). */
  private static void offered(Directory directory, OrderRequest request) {
    request
        .profile()
        .filter(profile -> !directory.meta().profiles().containsKey(profile))
        .ifPresent(
            profile -> {
              throw new AcmeNotOfferedException(
                  new AcmeException.At(AcmeOperation.NEW_ORDER, directory.newOrder(), 0),
                  "the server has no profile '"
                      + profile
                      + "', but "
                      + NotAcme.printable(
                          directory.meta().profiles().keySet().stream()
                              .sorted()
                              .toList()
                              .toString()));
            });
  }

  /**
   * Whether an order without {@code replaces} may pass: there is a replacement already (409), or
   * the certificate is unknown (404; Pebble: 500), another CA's (Pebble: malformed), another
   * account's, or for other names.
   */
  private static boolean isAboutReplacing(AcmeProblemException refused) {
    return refused.problem().is("alreadyReplaced")
        || refused.problem().is("unauthorized")
        || (refused.problem().is("malformed") && !(refused instanceof AcmeAccountKeyException))
        || refused.problem().is("serverInternal")
        || refused.status() == 404
        || refused.status() == 409;
  }

  /** What it replaces never costs a certificate. */
  private Mono<Order> without(
      Directory directory, OrderRequest request, AcmeProblemException refused) {
    LOG.info(
        "event=order-without-replaces account={} replaces={} problem={}",
        account.url(),
        request.replaces().orElseThrow(),
        NotAcme.field(refused.problem().name()));
    return post(directory, request, false);
  }

  private Mono<Order> post(Directory directory, OrderRequest request, boolean replaces) {
    return parts
        .requests()
        .send(
            SignedRequest.of(
                    AcmeOperation.NEW_ORDER,
                    directory.newOrder(),
                    account,
                    payload(request, replaces),
                    answer ->
                        parts.resources().order(answer.body(), parts.resources().location(answer)))
                .with(Priority.START))
        .doOnNext(
            order ->
                OrderNames.of(request.identifiers())
                    .require(
                        new AcmeException.At(AcmeOperation.NEW_ORDER, order.url(), 1),
                        order.identifiers()));
  }

  private static byte[] payload(OrderRequest request, boolean replaces) {
    ObjectNode json = Json.object();
    ArrayNode identifiers = json.putArray("identifiers");
    for (Identifier identifier : request.identifiers()) {
      identifiers.addObject().put("type", identifier.type()).put("value", identifier.value());
    }
    request.profile().ifPresent(profile -> json.put("profile", profile));
    request.notBefore().ifPresent(time -> json.put("notBefore", time.toString()));
    request.notAfter().ifPresent(time -> json.put("notAfter", time.toString()));
    if (replaces) {
      json.put("replaces", request.replaces().orElseThrow().value());
    }
    return Json.write(json);
  }
}
