package io.github.certflux.internal;

import io.github.certflux.internal.RetryTable.Standing;
import io.github.certflux.protocol.AcmeOperation;
import java.net.URI;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** A GET without a signature: the directory (RFC 8555 §7.1.1). */
final class PlainExchange<T> extends Exchange<T> {
  private final Function<AcmeResponse, T> decoder;

  PlainExchange(
      Requests requests, AcmeOperation operation, URI url, Function<AcmeResponse, T> decoder) {
    super(requests, operation, url);
    this.decoder = decoder;
  }

  @Override
  protected Mono<T> attempt() {
    sending();
    return requests
        .onWire(AcmeRequest.get(url), () -> {})
        .map(
            response -> {
              if (response.status() != 200) {
                throw new Failure.Signal(
                    Failure.answered(operation, url, response, requests.timing().now()));
              }
              T value = decoder.apply(response);
              answered(response);
              return value;
            });
  }

  @Override
  protected Standing standing(Failure failure, Standing plain) {
    return plain;
  }
}
