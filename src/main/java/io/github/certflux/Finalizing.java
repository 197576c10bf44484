package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.Chains;
import io.github.certflux.internal.Csr;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.RetryAfter;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Sends the CSR and fetches the certificate (RFC 8555 §7.4, §7.4.2).
 *
 * <p>A second finalize that meets a replica which has not seen the first makes Boulder fail the
 * order. So after a lost answer, or 503, the order is read, and finalize is sent again only when
 * the order has stayed {@code ready} for longer than any replica lags.
 */
final class Finalizing {
  private static final int MOST_FINALIZES = 10;
  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(1_600);

  private final Parts parts;
  private final AccountState account;
  private final Polling polling;
  private final OrderNames names;
  private final ChainPreference preference;
  private final Consumer<Order> told;

  /**
   * One order's end.
   *
   * @param names what the CSR and the certificate are for
   * @param preference which chain is wanted
   * @param told is given the order once the server has the CSR
   */
  Finalizing(
      Parts parts,
      AccountState account,
      Polling polling,
      OrderNames names,
      ChainPreference preference,
      Consumer<Order> told) {
    this.parts = parts;
    this.account = account;
    this.polling = polling;
    this.names = names;
    this.preference = preference;
    this.told = told;
  }

  /** A CSR and what the certificate must match. */
  private record Material(byte[] csr, PublicKey publicKey, Optional<KeyPair> key) {}

  /**
   * Finalizes an order.
   *
   * @param maybeDone whether a finalize may have been sent before a crash: then one that is seen
   *     ready is watched for as long as after a lost answer
   */
  Mono<Certificate> run(Order order, CsrSource source, boolean maybeDone) {
    if (order.status().equals(Status.PENDING)) {
      return Mono.error(
          new IllegalStateException("the order " + order.url() + " is to be authorized first"));
    }
    names.requireSome(new AcmeException.At(AcmeOperation.ORDER, order.url(), 1));
    return material(source)
        .flatMap(
            material ->
                valid(order, material, maybeDone)
                    .flatMap(valid -> download(material).from(valid.certificate().orElseThrow())));
  }

  private Mono<Material> material(CsrSource source) {
    Mono<Material> given =
        source
            .given(names.list(), parts.crypto())
            .map(csr -> new Material(csr.der(), csr.publicKey(), Optional.empty()));
    Mono<KeyPair> key =
        Mono.justOrEmpty(source.key())
            .switchIfEmpty(
                Mono.defer(() -> parts.crypto().generate(source.newKey().orElseThrow())));
    return given.switchIfEmpty(
        key.flatMap(
            pair ->
                Csr.create(pair, names.list(), source.extras(), parts.crypto())
                    .map(der -> new Material(der, pair.getPublic(), Optional.of(pair)))));
  }

  private Mono<Order> valid(Order order, Material material, boolean maybeDone) {
    if (order.status().equals(Status.READY)) {
      return maybeDone
          ? settled(false, Optional.empty()).flatMap(seen -> valid(seen, material, false))
          : finalizeOrder(order, material, 1);
    }
    return order.status().equals(Status.PROCESSING)
        ? polling.until(Finalizing::ended, Optional.empty()).flatMap(this::validOrFailed)
        : validOrFailed(order);
  }

  private static boolean ended(Order order) {
    return order.status().equals(Status.VALID) || order.status().equals(Status.INVALID);
  }

  private Mono<Order> validOrFailed(Order order) {
    return order.status().equals(Status.VALID)
        ? Mono.just(order)
        : Mono.error(Authorizing.failure(order, List.of()));
  }

  private Mono<Order> finalizeOrder(Order order, Material material, int time) {
    return parts
        .requests()
        .send(
            SignedRequest.of(
                    AcmeOperation.FINALIZE,
                    order.finalizeUrl(),
                    account,
                    Json.write(
                        Json.object()
                            .put(
                                "csr",
                                Base64.getUrlEncoder()
                                    .withoutPadding()
                                    .encodeToString(material.csr()))),
                    answer ->
                        new Polling.Seen(
                            parts.resources().order(answer.body(), order.url()),
                            RetryAfter.of(answer, parts.timing().now())))
                .with(Priority.FINISH)
                .youngUntil(polling.youngUntilMillis())
                .about(polling.order()))
        .flatMap(
            answer -> {
              told.accept(answer.order());
              return ended(answer.order())
                  ? Mono.just(answer.order())
                  : polling.until(Finalizing::ended, answer.retryAfter());
            })
        .onErrorResume(
            AcmeException.class,
            error -> {
              boolean notReady =
                  error instanceof AcmeProblemException p && p.problem().is("orderNotReady");
              if (time >= MOST_FINALIZES || !(notReady || sent(error))) {
                return Mono.error(error);
              }
              Optional<Duration> wait =
                  notReady
                      ? Optional.of(Timing.doubled(FIRST_WAIT, time - 1, LONGEST_WAIT))
                      : Busy.retryAfter(error);
              return settled(notReady, wait)
                  .flatMap(
                      now ->
                          now.status().equals(Status.READY)
                              ? finalizeOrder(now, material, time + 1)
                              : polling.until(Finalizing::ended, Optional.empty(), now));
            })
        .flatMap(this::validOrFailed);
  }

  /**
   * Whether it was the finalize itself whose outcome nobody knows: whoever is busy may have passed
   * it on. One that is busy for longer than an operation's time is the user's to wait for.
   */
  private boolean sent(AcmeException error) {
    boolean busy =
        Busy.is(error)
            && Busy.retryAfter(error)
                    .orElse(Duration.ZERO)
                    .compareTo(parts.limits().operationTime())
                <= 0;
    return error.operation() == AcmeOperation.FINALIZE && (busy || error.outcomeUnknown());
  }

  /**
   * Reads the order until it has gone on, or is certainly still to be finalized.
   *
   * <p>A finalize may have waited long for its turn before it went out, so what counts is the time
   * since it ended.
   *
   * @param refused whether the server said that it did not take the finalize: a replica may be late
   *     to see that the order is ready, so each time it is asked later
   * @param wait for how long the order is not read; empty for the usual time
   */
  private Mono<Order> settled(boolean refused, Optional<Duration> wait) {
    long surely = parts.youngUntilMillis();
    return polling.until(
        order ->
            ended(order)
                || order.status().equals(Status.PROCESSING)
                || (order.status().equals(Status.READY)
                    && (refused || parts.timing().millis() > surely)),
        wait);
  }

  private Download download(Material material) {
    return new Download(
        parts,
        account,
        preference,
        chain -> Chains.mismatch(chain, material.publicKey(), names.list()),
        material.key(),
        polling.order());
  }
}
