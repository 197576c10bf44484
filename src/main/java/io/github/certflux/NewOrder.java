package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import java.net.URI;
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

  Mono<Order> send(URI newOrder, OrderRequest request) {
    return parts
        .requests()
        .send(
            SignedRequest.of(
                    AcmeOperation.NEW_ORDER,
                    newOrder,
                    account,
                    payload(request),
                    answer -> {
                      String location = answer.location();
                      if (location == null) {
                        throw new NotAcme("a Location header with the order's URL", "none");
                      }
                      return parts
                          .resources()
                          .order(
                              answer.body(), parts.resources().urls().check(location, "Location"));
                    })
                .with(Priority.START));
  }

  private static byte[] payload(OrderRequest request) {
    ObjectNode json = Json.object();
    ArrayNode identifiers = json.putArray("identifiers");
    for (Identifier identifier : request.identifiers()) {
      identifiers.addObject().put("type", identifier.type()).put("value", identifier.value());
    }
    request.profile().ifPresent(profile -> json.put("profile", profile));
    request.notBefore().ifPresent(time -> json.put("notBefore", time.toString()));
    request.notAfter().ifPresent(time -> json.put("notAfter", time.toString()));
    return Json.write(json);
  }
}
