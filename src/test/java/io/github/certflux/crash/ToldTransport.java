package io.github.certflux.crash;

import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import reactor.core.publisher.Mono;

/** The network, each signed request of which is a step. */
record ToldTransport(AcmeTransport network, Steps steps) implements AcmeTransport {

  @Override
  public Mono<AcmeResponse> send(AcmeRequest request) {
    if (request.method() != AcmeRequest.Method.POST) {
      return network.send(request); // changes nothing at the CA
    }
    String resource =
        request.url().getPath().replaceFirst("/acme/", "").replaceAll("/[^/]*[0-9][^/]*", "");
    return Mono.defer(
        () -> steps.step(steps.phase() + ": answer of " + resource, network.send(request)));
  }

  @Override
  public Mono<Void> disposeLater() {
    return network.disposeLater();
  }
}
