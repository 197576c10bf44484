package io.github.certflux.internal;

import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.RetryTable.Standing;
import io.github.certflux.protocol.AcmeOperation;
import java.net.URI;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** A GET without a signature: the directory (RFC 8555 §7.1.1), renewal information (RFC 9773). */
final class PlainExchange<T> extends Exchange<T> {
  private final Function<AcmeResponse, T> decoder;
  private volatile boolean onWire;

  PlainExchange(
      Requests requests, AcmeOperation operation, URI url, Function<AcmeResponse, T> decoder) {
    super(requests, operation, url, "none", "none");
    this.decoder = decoder;
  }

  /**
   * The directory does not wait for a place: whoever has one may be waiting for the directory. What
   * such an answer says of the server's load is not taken for what is asked elsewhere.
   */
  @Override
  protected Mono<T> attempt() {
    return operation == AcmeOperation.DIRECTORY
        ? sent(() -> {})
        : Mono.using(
            () -> place(Priority.NORMAL),
            place ->
                place.enter()
                    ? sent(place::close)
                    : place.admitted().flatMap(in -> sent(place::close)),
            place -> {
              if (!onWire) {
                place.close();
              }
            });
  }

  /**
   * Sends it.
   *
   * @param answered runs when the answer is here, also where nobody waits for it any more
   */
  private Mono<T> sent(Runnable answered) {
    begins();
    sending();
    onWire = true;
    return requests
        .onWire(AcmeRequest.get(url), answered)
        .doOnTerminate(() -> onWire = false)
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
