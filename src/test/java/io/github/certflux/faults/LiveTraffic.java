package io.github.certflux.faults;

import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Pipelines that work on one account without a pause, and what is seen of them. */
final class LiveTraffic implements AcmeObserver {
  private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(500);

  /** What the pipelines ask for; the rollover's own requests are not theirs. */
  private static final Set<AcmeOperation> PIPELINES =
      EnumSet.of(
          AcmeOperation.ACCOUNT,
          AcmeOperation.UPDATE_ACCOUNT,
          AcmeOperation.NEW_ORDER,
          AcmeOperation.ORDER,
          AcmeOperation.AUTHORIZATION,
          AcmeOperation.CHALLENGE,
          AcmeOperation.FINALIZE,
          AcmeOperation.CERTIFICATE);

  private final VirtualWorld world;
  private final List<Operation> operations = new ArrayList<>();
  private final List<Long> keyChanges = new ArrayList<>();
  private final List<Throwable> failed = new ArrayList<>();
  private final List<Certificate> certificates = new ArrayList<>();
  private int orders;
  private boolean over;

  /** A signed request with all its tries, in milliseconds of the world's time. */
  private record Operation(long began, long ended, int refused) {}

  LiveTraffic(VirtualWorld world) {
    this.world = world;
  }

  @Override
  public void tried(Try event) {
    if (event.operation() == AcmeOperation.KEY_CHANGE && event.next() == Next.DONE) {
      keyChanges.add(world.millis());
    }
  }

  @Override
  public void ended(Ended event) {
    if (PIPELINES.contains(event.operation())) {
      long ended = world.millis();
      operations.add(new Operation(ended - event.took().toMillis(), ended, event.refused()));
    }
  }

  /** Works until it is told that it is over, and then to the end of what is under way. */
  Mono<Void> run(AcmeAccount account, int pipelines) {
    return Flux.range(0, pipelines)
        .flatMap(
            number ->
                Mono.defer(() -> step(account, number))
                    .onErrorResume(
                        error -> {
                          failed.add(error);
                          return Mono.empty();
                        })
                    .then(Mono.defer(() -> world.after(pause(number))))
                    .repeat(() -> !over)
                    .then(),
            pipelines)
        .then();
  }

  private static Duration pause(int pipeline) {
    return issues(pipeline) ? Duration.ZERO : BETWEEN_REQUESTS;
  }

  private static boolean issues(int pipeline) {
    return pipeline % 4 > 1;
  }

  /** Half of the pipelines issue, the others read the account or change its contacts. */
  private Mono<?> step(AcmeAccount account, int pipeline) {
    if (issues(pipeline)) {
      return account
          .issue(OrderRequest.of("order-" + orders++ + ".example.org"))
          .doOnNext(certificates::add);
    }
    return pipeline % 4 == 0
        ? account.details()
        : account.update(AccountUpdate.contact("p" + pipeline + "@example.org"));
  }

  void over() {
    over = true;
  }

  List<Throwable> failed() {
    return failed;
  }

  int orders() {
    return orders;
  }

  List<Certificate> certificates() {
    return certificates;
  }

  /** How often requests of those that were under way inside a window were refused, on average. */
  double refusedPerOperation(Duration window) {
    return operations.stream()
        .filter(
            each ->
                keyChanges.stream()
                    .anyMatch(at -> each.ended() >= at && each.began() <= at + window.toMillis()))
        .mapToInt(Operation::refused)
        .average()
        .orElseThrow();
  }

  /** How long after the end of its window the last operation was done that had begun in it. */
  Duration afterTheWindow(Duration window) {
    long latest = Long.MIN_VALUE;
    for (Operation each : operations) {
      for (int i = 0; i < keyChanges.size(); i++) {
        long from = keyChanges.get(i);
        long over = from + window.toMillis();
        boolean longer = i + 1 < keyChanges.size() && keyChanges.get(i + 1) <= each.ended();
        if (!longer && each.began() >= from && each.began() <= over) {
          latest = Math.max(latest, each.ended() - over);
        }
      }
    }
    return Duration.ofMillis(latest);
  }
}
