package io.github.certflux.testca;

import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.TransportFailure;
import java.net.URI;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The CA without sockets. A request that was sent is processed, whether or not somebody still waits
 * for its answer: the network does not know of cancelling.
 */
final class InMemoryBinding implements AcmeTransport {
  private static final long LARGEST = 1 << 20;

  private final Core core;
  private final Gateway gateway;

  InMemoryBinding(Core core, Gateway gateway) {
    this.core = core;
    this.gateway = gateway;
  }

  @Override
  public Mono<AcmeResponse> send(AcmeRequest request) {
    return Mono.create(
        sink ->
            core.clock.after(
                latency(),
                () ->
                    gateway
                        .serve(caRequest(request))
                        .subscribe(delivery -> answer(sink, delivery), sink::error)));
  }

  private void answer(MonoSink<AcmeResponse> sink, Delivery delivery) {
    Duration latency = latency();
    if (latency.isZero()) {
      deliver(sink, delivery);
    } else {
      core.clock.after(latency, () -> deliver(sink, delivery));
    }
  }

  private Duration latency() {
    Duration from = core.settings.latencyFrom();
    long more = core.settings.latencyTo().minus(from).toNanos();
    return more <= 0 ? from : from.plusNanos(core.chance.below(more + 1));
  }

  private static CaRequest caRequest(AcmeRequest request) {
    URI url = request.url();
    boolean post = request.method() == AcmeRequest.Method.POST;
    return new CaRequest(
        request.method().name(),
        url.getScheme() + "://" + url.getRawAuthority(),
        url.getRawPath(),
        post ? "application/jose+json" : null,
        request.body());
  }

  private static void deliver(MonoSink<AcmeResponse> sink, Delivery delivery) {
    switch (delivery.ending()) {
      case NOT_SENT ->
          sink.error(
              new TransportFailure(
                  TransportFailure.Kind.NOT_SENT, "the test CA refused the connection", null));
      case LOST, CUT_SHORT, CONNECTION_DROPPED ->
          sink.error(
              new TransportFailure(
                  TransportFailure.Kind.LOST, "the test CA lost the answer", null));
      case COMPLETE -> {
        if (delivery.hugeBytes() > LARGEST) {
          sink.error(
              new TransportFailure(
                  TransportFailure.Kind.TOO_LARGE, delivery.hugeBytes() + " bytes", null));
        } else {
          sink.success(response(delivery));
        }
      }
    }
  }

  private static AcmeResponse response(Delivery delivery) {
    Answer answer = delivery.answer();
    return new AcmeResponse(
        answer.status(),
        answer.first(Answer.NONCE),
        answer.first("Location"),
        answer.first("Retry-After"),
        answer.first("Date"),
        answer.first("Content-Type"),
        answer.headers().stream().filter(h -> h.name().equals("Link")).map(Header::value).toList(),
        delivery.hugeBytes() > 0 ? new byte[(int) delivery.hugeBytes()] : answer.body());
  }
}
