package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Challenge;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What is set up for the names of an order, made for one subscription: for each name by the first
 * solver that can, written down where it outlives the process, and taken away in the end.
 */
final class Proofs {
  private static final Logger LOG = LoggerFactory.getLogger(Proofs.class);
  private static final int PARALLEL = 16;

  private final Parts parts;
  private final AccountState account;
  private final List<Name> names;
  private final Told told;
  private final ProofJournal.Entry written;

  /** What could not be taken away. */
  private final Queue<ProofRecord.Standing> left = new ConcurrentLinkedQueue<>();

  private AccountKey key;
  private boolean over;

  /**
   * The proofs of an order.
   *
   * @param told of each that stands
   */
  Proofs(Parts parts, AccountState account, List<Name> names, Told told) {
    this.parts = parts;
    this.account = account;
    this.names = names;
    this.told = told;
    this.written = parts.proofs().entry();
    this.key = account.current();
  }

  /** Who is told what becomes of the proofs. */
  interface Told {
    void presented(Authorization authorization, Challenge challenge);

    /** It stands, but is not seen from here. */
    void unseen(Authorization authorization, String what);
  }

  /** A solver, and the challenge that it can solve. */
  record Way(ChallengeSolver solver, Challenge challenge) {
    SolverRequest request(Authorization authorization, AccountKey key, URI account) {
      String token = challenge.token().orElse("");
      return new SolverRequest(
          authorization.identifier(),
          authorization.wildcard(),
          token,
          token.isEmpty() ? "" : key.keyAuthorization(token),
          account,
          challenge.issuers());
    }
  }

  /** A name, and the ways to prove it. A way on which nothing could be set up is left for good. */
  static final class Name {
    private final Authorization authorization;
    private List<Way> ways;
    private volatile List<Proof> proofs = List.of();
    private volatile int chosen;

    /**
     * A name.
     *
     * @param ways one or more, the preferred one first
     */
    Name(Authorization authorization, List<Way> ways) {
      this.authorization = authorization;
      this.ways = ways;
    }

    Authorization authorization() {
      return authorization;
    }

    /** The challenge whose proof stands. */
    Challenge challenge() {
      return proofs.get(chosen).challenge();
    }

    private void begin(ProofJournal journal, AccountKey key, URI account) {
      ways = ways.subList(chosen, ways.size());
      chosen = 0;
      proofs =
          ways.stream()
              .map(
                  way ->
                      new Proof(
                          journal,
                          way.solver(),
                          way.challenge(),
                          way.request(authorization, key, account)))
              .toList();
    }
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  List<Name> names() {
    return names;
  }

  /** The key that the proofs are for. */
  synchronized AccountKey key() {
    return key;
  }

  /** Sets up a proof for each name. */
  Mono<Void> setUp() {
    return Mono.defer(
        () ->
            begin()
                ? written
                    .stand(toBeWritten())
                    .thenMany(
                        Flux.fromIterable(names)
                            .flatMap(name -> setUp(name, new ArrayList<>()), PARALLEL))
                    .then()
                : Mono.never()); // cancelled
  }

  private synchronized boolean begin() {
    if (over) {
      return false;
    }
    key = account.current();
    names.forEach(name -> name.begin(parts.proofs(), key, account.url()));
    return true;
  }

  /** With those of solvers that are the next choice only: a crash may come amid it. */
  private Collection<ProofRecord.Standing> toBeWritten() {
    return Stream.concat(
            left.stream(),
            names.stream()
                .flatMap(name -> name.proofs.stream())
                .filter(proof -> proof.solver().outlivesProcess())
                .map(Proof::standing))
        .toList();
  }

  private Mono<Void> setUp(Name name, List<Throwable> failures) {
    Proof proof = name.proofs.get(name.chosen);
    return proof
        .setUp()
        .doOnSuccess(done -> told.presented(name.authorization, proof.challenge()))
        .then(looked(name, proof))
        .onErrorResume(
            error -> {
              failures.add(error);
              if (failures.size() >= name.proofs.size()) {
                return Mono.error(failure(name, failures));
              }
              name.chosen = failures.size();
              LOG.warn(
                  "event=challenge-not-set-up account={} solver={} identifier={} next={}",
                  account.url(),
                  proof.solver().journalName(),
                  proof.request().identifier(),
                  name.proofs.get(name.chosen).solver().journalName(),
                  error);
              return setUp(name, failures);
            });
  }

  /** Last, so that who asks for the next solver has not spent the authorization. */
  private Mono<Void> looked(Name name, Proof proof) {
    return parts
        .looking()
        .at(
            proof.solver(),
            proof.request(),
            what -> {
              LOG.warn(
                  "event=proof-not-seen account={} solver={} identifier={} reason=\"{}\" next=the-server-looks",
                  account.url(),
                  proof.solver().journalName(),
                  proof.request().identifier(),
                  NotAcme.quotable(what));
              told.unseen(name.authorization, what);
            });
  }

  private static AcmeSolverException failure(Name name, List<Throwable> failures) {
    StringBuilder what = new StringBuilder();
    for (int i = 0; i < failures.size(); i++) {
      what.append(i == 0 ? "" : "; ")
          .append(name.proofs.get(i).solver().journalName())
          .append(" for ")
          .append(name.authorization.identifier())
          .append(" could not be set up: ")
          .append(failures.get(i).getMessage());
    }
    AcmeSolverException failure =
        new AcmeSolverException(
            new AcmeException.At(AcmeOperation.SOLVE, name.authorization.url(), 0),
            what.toString(),
            failures.get(0));
    failures.stream().skip(1).forEach(failure::addSuppressed);
    return failure;
  }

  /** Takes everything away, to set it up again. What failed is taken away once more in the end. */
  Mono<Void> takeAway() {
    return parts.underWay().detached(takenAway());
  }

  /**
   * Takes everything away for good. A failure, or a solver that does not come to an end, is logged:
   * the order's own outcome matters more.
   */
  Mono<Void> end() {
    return Mono.defer(
        () -> {
          synchronized (this) {
            over = true;
          }
          return parts
              .underWay()
              .detached(
                  takenAway()
                      .then(Mono.defer(() -> written.end(left)))
                      .onErrorResume(
                          error -> {
                            LOG.warn(
                                "event=proofs-not-struck-out account={} next=the-next-start",
                                account.url(),
                                error);
                            return Mono.empty();
                          }));
        });
  }

  private Mono<Void> takenAway() {
    return Mono.defer(
        () ->
            Flux.fromIterable(names)
                .flatMapIterable(name -> name.proofs)
                .flatMap(
                    proof ->
                        proof
                            .takenAway()
                            .filter(gone -> !gone && proof.solver().outlivesProcess())
                            .doOnNext(stands -> left.add(proof.standing())),
                    PARALLEL)
                .then());
  }
}
