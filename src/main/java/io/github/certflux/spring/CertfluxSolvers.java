package io.github.certflux.spring;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.TlsAlpn01Solver;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.store.AcmeStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The solvers in the application's own servers.
 *
 * @param all in the order in which they are tried
 */
record CertfluxSolvers(List<ChallengeSolver> all) {

  /** Through the store each node answers for all. */
  static CertfluxSolvers of(List<String> types, AcmeStore store) {
    List<ChallengeSolver> all = new ArrayList<>();
    for (String type : types) {
      all.add(
          type.equals(Challenge.HTTP_01)
              ? Http01Solver.builder().inServer().store(store).build()
              : TlsAlpn01Solver.inServer());
    }
    return new CertfluxSolvers(List.copyOf(all));
  }

  Optional<Http01Solver> http01() {
    return all.stream()
        .filter(Http01Solver.class::isInstance)
        .map(Http01Solver.class::cast)
        .findFirst();
  }

  Optional<TlsAlpn01Solver> tlsAlpn01() {
    return all.stream()
        .filter(TlsAlpn01Solver.class::isInstance)
        .map(TlsAlpn01Solver.class::cast)
        .findFirst();
  }

  Mono<Void> disposeLater() {
    return Flux.concat(
            Mono.justOrEmpty(http01()).flatMap(Http01Solver::disposeLater),
            Mono.justOrEmpty(tlsAlpn01()).flatMap(TlsAlpn01Solver::disposeLater))
        .then();
  }
}
