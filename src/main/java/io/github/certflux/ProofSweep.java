package io.github.certflux;

import io.github.certflux.ProofRecord.Standing;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Takes away what clients that are gone left standing with the solvers of one name: when this
 * client begins, when the seat of one that crashed just before must have become free, and, where
 * others still work, when it must be also if that client's term was the longest there is.
 */
final class ProofSweep {
  private static final Logger LOG = LoggerFactory.getLogger(ProofSweep.class);
  private static final Duration MARGIN = Duration.ofSeconds(5);
  private static final int RECORDS = 4;
  private static final int PROOFS = 16;

  private final ProofJournal journal;
  private final String name;
  private final List<ChallengeSolver> solvers;
  private volatile Sinks.Empty<Void> idle = Sinks.empty();

  ProofSweep(ProofJournal journal, String name, List<ChallengeSolver> solvers) {
    this.journal = journal;
    this.name = name;
    this.solvers = solvers;
  }

  String name() {
    return name;
  }

  /** Completes when nothing is being taken away. */
  Mono<Void> idle() {
    return Mono.defer(() -> idle.asMono());
  }

  void start() {
    journal
        .underWay()
        .detached(swept())
        .doFinally(ended -> idle.tryEmitEmpty())
        .subscribe(
            othersWork -> {
              if (othersWork) {
                lookAgain();
              }
            });
  }

  private void lookAgain() {
    Flux.just(journal.seats().term(), AcmeClientBuilder.MOST_LEASE_TERM)
        .concatMap(term -> journal.timing().delay(term.plus(MARGIN)).then(lookedAgain()))
        .takeUntil(othersWork -> !othersWork)
        .takeUntilOther(journal.underWay().closing())
        .subscribe();
  }

  private Mono<Boolean> lookedAgain() {
    return Mono.defer(
        () -> {
          Sinks.Empty<Void> busy = Sinks.empty();
          idle = busy; // before it looks what stands here
          return journal.underWay().detached(swept()).doFinally(ended -> busy.tryEmitEmpty());
        });
  }

  /** A record, and whether its owner is gone. */
  private record Found(StoreRecord stored, ProofRecord record, boolean orphan) {}

  private Mono<List<Found>> found() {
    return journal
        .store()
        .list(journal.folder())
        .filter(path -> !journal.isHere(path))
        .flatMap(journal.store()::read)
        .flatMap(
            stored ->
                Mono.justOrEmpty(ProofRecord.of(stored))
                    .flatMap(
                        record ->
                            journal
                                .seats()
                                .isOrphan(record.owner())
                                .map(orphan -> new Found(stored, record, orphan))))
        .collectList();
  }

  /** Signals whether there are records of others that still work on them. */
  private Mono<Boolean> swept() {
    return found()
        .flatMap(
            all -> all.stream().anyMatch(Found::orphan) ? underLease() : Mono.just(!all.isEmpty()))
        .onErrorResume(
            error -> {
              LOG.warn("event=proofs-not-swept solver={} next=the-next-start", name, error);
              return Mono.just(false);
            });
  }

  /** One at a time: who is second must not set up again what the first is still taking away. */
  private Mono<Boolean> underLease() {
    return Mono.usingWhen(
        journal.store().acquire(journal.folder(), journal.limit().plusSeconds(1)),
        lease ->
            found()
                .flatMap(
                    all ->
                        Flux.fromIterable(all)
                            .filter(Found::orphan)
                            .flatMap(orphan -> swept(orphan, claimed(all), lease), RECORDS)
                            .then(Mono.just(!all.stream().allMatch(Found::orphan))))
                .timeout(Mono.delay(journal.limit(), journal.timing().timer())),
        Lease::release);
  }

  /** What others have set up again meanwhile, for the same challenge, is theirs. */
  private static Set<Standing> claimed(List<Found> all) {
    return all.stream()
        .filter(found -> !found.orphan())
        .flatMap(found -> found.record().proofs().stream())
        .collect(Collectors.toSet());
  }

  private Mono<Void> swept(Found orphan, Set<Standing> claimed, Lease lease) {
    List<Standing> all = orphan.record().proofs();
    return Flux.fromIterable(all)
        .filter(proof -> proof.solver().equals(name))
        .flatMap(proof -> gone(proof, claimed), PROOFS)
        .collectList()
        .filter(gone -> !gone.isEmpty())
        .flatMap(
            gone -> {
              LOG.info("event=proofs-swept solver={} proofs={}", name, gone.size());
              List<Standing> left = all.stream().filter(proof -> !gone.contains(proof)).toList();
              Condition condition = Condition.unchanged(orphan.stored()).under(lease);
              String path = orphan.stored().path();
              return left.isEmpty()
                  ? journal.store().delete(path, condition)
                  : journal
                      .store()
                      .write(
                          path, new ProofRecord(orphan.record().owner(), left).toJson(), condition)
                      .then();
            });
  }

  /** The proof, once it is gone, or another's; empty where that failed. */
  private Mono<Standing> gone(Standing proof, Set<Standing> claimed) {
    return Mono.defer(
        () ->
            claimed.contains(proof) || journal.standsHere(proof)
                ? Mono.just(proof)
                : Flux.fromIterable(solvers)
                    .filter(solver -> solver.solves(proof.request()))
                    .concatMap(solver -> journal.takenAway(solver, proof.request()))
                    .all(gone -> gone)
                    .filter(gone -> gone)
                    .map(gone -> proof));
  }
}
