package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.RetryLimits;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Sends every request of one directory. */
public final class Requests {
  private final AcmeTransport transport;
  private final Admission admission;
  private final NoncePool nonces;
  private final UnderWay underWay;
  private final Timing timing;
  private final RetryLimits limits;
  private final Observers observer;
  private final Mono<URI> newNonce;
  private final AtomicBoolean closed;

  /**
   * All requests of one directory.
   *
   * @param newNonce where nonces are fetched (RFC 8555 §7.2)
   */
  public Requests(
      AcmeTransport transport,
      Admission admission,
      NoncePool nonces,
      UnderWay underWay,
      Timing timing,
      RetryLimits limits,
      Observers observer,
      Mono<URI> newNonce) {
    this(
        transport,
        admission,
        nonces,
        underWay,
        timing,
        limits,
        observer,
        newNonce,
        new AtomicBoolean());
  }

  private Requests(
      AcmeTransport transport,
      Admission admission,
      NoncePool nonces,
      UnderWay underWay,
      Timing timing,
      RetryLimits limits,
      Observers observer,
      Mono<URI> newNonce,
      AtomicBoolean closed) {
    this.transport = transport;
    this.admission = admission;
    this.nonces = nonces;
    this.underWay = underWay;
    this.timing = timing;
    this.limits = limits;
    this.observer = observer;
    this.newNonce = newNonce;
    this.closed = closed;
  }

  /**
   * Sends a signed request, again where the retry table says so; the operation's time is bounded.
   */
  public <T> Mono<T> send(SignedRequest<T> request) {
    return Mono.defer(
        () -> closed.get() ? Mono.error(closed()) : new SignedExchange<>(this, request).run());
  }

  /** Gets what needs no signature: the directory, renewal information. */
  public <T> Mono<T> get(AcmeOperation operation, URI url, Function<AcmeResponse, T> decoder) {
    return Mono.defer(
        () ->
            closed.get()
                ? Mono.error(closed())
                : new PlainExchange<>(this, operation, url, decoder).run());
  }

  /** The same, with other limits: places, nonces and connections are shared. */
  public Requests with(RetryLimits other) {
    return new Requests(
        transport, admission, nonces, underWay, timing, other, observer, newNonce, closed);
  }

  /** Nothing is sent from now on, and who waits for a place is told. */
  public void close() {
    closed.set(true);
    admission.open();
  }

  boolean isClosed() {
    return closed.get();
  }

  static IllegalStateException closed() {
    return new IllegalStateException("this AcmeClient is closed");
  }

  /** Fetches one nonce into the pool. */
  Mono<Void> fetchNonce() {
    return newNonce.flatMap(
        url ->
            onWire(AcmeRequest.head(url), () -> {})
                .flatMap(
                    response -> {
                      if (response.status() / 100 != 2) {
                        return Mono.error(
                            new Failure.Signal(
                                Failure.answered(
                                    AcmeOperation.NEW_NONCE, url, response, timing.now())));
                      }
                      return NoncePool.isNonce(response.nonce())
                          ? Mono.<Void>empty()
                          : Mono.<Void>error(
                              new NotAcme(
                                  "a nonce in base64url in Replay-Nonce",
                                  String.valueOf(response.nonce())));
                    })
                .onErrorMap(
                    e -> Failure.known(e) && !(e instanceof Failure.Signal),
                    e -> new Failure.Signal(Failure.of(e, AcmeOperation.NEW_NONCE, url))));
  }

  /**
   * One exchange on the wire. Its nonce goes to the pool, but for a plain GET's: caches may keep
   * that answer, and give the nonce to many. It does so whichever of the CA's hosts answered: where
   * a nonce counts is the server's own policy (RFC 8555 §6.5), several hosts share theirs as a
   * rule, and one that does not costs a {@code badNonce}, whose own nonce is then the youngest.
   *
   * <p>A caller that cancels is detached: the answer is awaited all the same, since a broken
   * exchange can take a shared connection with it.
   *
   * @param answered runs when the answer is here or lost, before anybody is told
   */
  Mono<AcmeResponse> onWire(AcmeRequest request, Runnable answered) {
    return underWay.detached(
        Mono.defer(() -> transport.send(request))
            .switchIfEmpty(Mono.error(() -> new NotAcme("an answer", "none")))
            .doOnNext(
                response -> {
                  if (request.method() != AcmeRequest.Method.GET) {
                    nonces.put(response.nonce());
                  }
                })
            .doOnTerminate(answered));
  }

  Admission admission() {
    return admission;
  }

  NoncePool nonces() {
    return nonces;
  }

  /** The only source of time and chance. */
  public Timing timing() {
    return timing;
  }

  /** How far a request goes. */
  public RetryLimits limits() {
    return limits;
  }

  Observers observer() {
    return observer;
  }
}
