package io.github.certflux;

import io.github.certflux.ProofRecord.Standing;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Proofs that outlive this process, such as records in the DNS: in the store from before they are
 * set up until they are taken away, one record for each order under way. The next start takes away
 * what a crash left, and what could not be taken away then ({@link ProofSweep}).
 */
final class ProofJournal {
  private static final Logger LOG = LoggerFactory.getLogger(ProofJournal.class);

  private final AcmeStore store;
  private final String folder;
  private final Seats seats;
  private final Timing timing;
  private final UnderWay underWay;
  private final Duration limit;
  private final AtomicLong entries = new AtomicLong();
  private final Set<String> here = ConcurrentHashMap.newKeySet();
  private final Map<Standing, Integer> standing = new ConcurrentHashMap<>();
  private final SharedProofs shared = new SharedProofs();
  private final Map<String, ProofSweep> sweeps = new ConcurrentHashMap<>();

  /**
   * The journal of a client.
   *
   * @param limit how long taking away may take: of one proof, and of all that others left
   */
  ProofJournal(
      AcmeStore store,
      String folder,
      Seats seats,
      Timing timing,
      UnderWay underWay,
      Duration limit) {
    this.store = store;
    this.folder = folder + "/proofs";
    this.seats = seats;
    this.timing = timing;
    this.underWay = underWay;
    this.limit = limit;
  }

  /** A record to come; made for one subscription. */
  Entry entry() {
    return new Entry(entries.incrementAndGet());
  }

  /** The proofs of an order under way. */
  final class Entry {
    private final long number;
    private Mono<Void> last = Mono.empty();
    private List<Standing> now = List.of();
    private boolean begun;
    private volatile @Nullable String path;

    private Entry(long number) {
      this.number = number;
    }

    /** These stand from now on, or are about to, and no others. */
    Mono<Void> stand(Collection<Standing> proofs) {
      return Mono.defer(() -> inTurn(List.copyOf(proofs)));
    }

    /** One change after the other: on a cancel, no write may come after the last delete. */
    private synchronized Mono<Void> inTurn(List<Standing> proofs) {
      if (proofs.isEmpty() && !begun) {
        return Mono.empty();
      }
      begun = true;
      count(proofs);
      last =
          underWay
              .detached(
                  Mono.when(last.onErrorComplete(), swept(proofs))
                      .then(seats.mark())
                      .flatMap(mark -> written(at(mark), mark, proofs)))
              .cache();
      return last;
    }

    private synchronized void count(List<Standing> proofs) {
      proofs.forEach(proof -> standing.merge(proof, 1, Integer::sum));
      now.forEach(proof -> standing.computeIfPresent(proof, (p, n) -> n == 1 ? null : n - 1));
      now = proofs;
    }

    private String at(String mark) {
      String known = path;
      if (known == null) {
        String seat = mark.substring(mark.lastIndexOf('/') + 1).replace('#', '-');
        known = folder + "/" + seat + "-" + number + ".json";
        here.add(known);
        path = known;
      }
      return known;
    }

    private Mono<Void> written(String at, String mark, List<Standing> proofs) {
      return proofs.isEmpty()
          ? store.delete(at, Condition.none())
          : store.write(at, new ProofRecord(mark, proofs).toJson(), Condition.none()).then();
    }

    /** Nobody here works on it any more: what stands could not be taken away. */
    Mono<Void> end(Collection<Standing> left) {
      return stand(left)
          .doFinally(
              ended -> {
                count(List.of());
                String known = path;
                if (known != null) {
                  here.remove(known);
                }
              });
    }
  }

  /** What is being taken away must be gone before the same is set up again. */
  private Mono<Void> swept(List<Standing> proofs) {
    return Mono.when(
        sweeps.values().stream()
            .filter(sweep -> proofs.stream().anyMatch(proof -> proof.solver().equals(sweep.name())))
            .map(ProofSweep::idle)
            .toList());
  }

  /**
   * Takes away what others left standing, once for each solver's name. What can't be taken away now
   * is left to the next start.
   */
  void sweep(List<ChallengeSolver> solvers) {
    Map<String, List<ChallengeSolver>> byName = new LinkedHashMap<>();
    solvers.stream()
        .filter(ChallengeSolver::outlivesProcess)
        .forEach(
            solver ->
                byName
                    .computeIfAbsent(solver.journalName(), name -> new ArrayList<>())
                    .add(solver));
    byName.forEach(
        (name, named) -> {
          ProofSweep sweep = new ProofSweep(this, name, named);
          if (sweeps.putIfAbsent(name, sweep) == null) {
            sweep.start();
          }
        });
  }

  /**
   * Takes a proof away, and signals whether it is gone: a failure is logged, since work goes on.
   */
  Mono<Boolean> takenAway(ChallengeSolver solver, SolverRequest request) {
    return Mono.defer(() -> solver.cleanUp(request))
        .timeout(
            Mono.delay(limit, timing.timer()),
            Mono.error(() -> new IllegalStateException("not done in " + limit)))
        .thenReturn(true)
        .onErrorResume(
            error -> {
              LOG.warn(
                  "event=challenge-not-cleaned-up account={} solver={} identifier={}",
                  request.account(),
                  solver.journalName(),
                  request.identifier(),
                  error);
              return Mono.just(false);
            });
  }

  /** The proofs of this client that more than one of its orders may need. */
  SharedProofs shared() {
    return shared;
  }

  /** Whether an order of this client works on the record. */
  boolean isHere(String path) {
    return here.contains(path);
  }

  /** Whether an order of this client has that proof standing. */
  boolean standsHere(Standing proof) {
    return standing.containsKey(proof);
  }

  AcmeStore store() {
    return store;
  }

  String folder() {
    return folder;
  }

  Seats seats() {
    return seats;
  }

  Timing timing() {
    return timing;
  }

  UnderWay underWay() {
    return underWay;
  }

  Duration limit() {
    return limit;
  }
}
