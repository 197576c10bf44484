package io.github.certflux.spring;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.TlsAlpn01Solver;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.Rfc2136Provider;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.spring.CertfluxProperties.ChallengeProperties;
import io.github.certflux.spring.CertfluxProperties.DnsUpdateProperties;
import io.github.certflux.store.AcmeStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The solvers: those in the application's own servers, and the one in the DNS.
 *
 * @param all in the order in which they are tried
 */
record CertfluxSolvers(List<ChallengeSolver> all) {
  private static final List<String> TYPES =
      List.of(Challenge.TLS_ALPN_01, Challenge.HTTP_01, Challenge.DNS_01);

  /**
   * Those of the properties.
   *
   * @param store through which each node answers for all
   * @param given the application's own writer of DNS records
   */
  static CertfluxSolvers of(
      ChallengeProperties properties, AcmeStore store, @Nullable DnsProvider given) {
    boolean dns = given != null || properties.rfc2136() != null;
    List<String> types = properties.types();
    if (types.isEmpty()) {
      types = dns ? TYPES : List.of(Challenge.TLS_ALPN_01, Challenge.HTTP_01);
    }
    List<ChallengeSolver> all = new ArrayList<>();
    for (String type : types) {
      all.add(
          switch (type) {
            case Challenge.HTTP_01 -> Http01Solver.builder().inServer().store(store).build();
            case Challenge.TLS_ALPN_01 -> TlsAlpn01Solver.inServer();
            case Challenge.DNS_01 -> inTheDns(properties.rfc2136(), given);
            default ->
                throw new CertfluxConfigurationException(
                    "certflux.challenge.types has \"" + type + "\"",
                    "Set one or more of "
                        + TYPES
                        + "; for another type give a bean of the type ChallengeSolver");
          });
    }
    return new CertfluxSolvers(List.copyOf(all));
  }

  private static ChallengeSolver inTheDns(
      @Nullable DnsUpdateProperties updates, @Nullable DnsProvider given) {
    if (given == null && updates == null) {
      throw new CertfluxConfigurationException(
          "certflux.challenge.types has \"dns-01\", but nobody writes DNS records",
          "Set certflux.challenge.rfc2136.server and its key, or give a bean of the type DnsProvider");
    }
    if (!ClassUtils.isPresent("org.xbill.DNS.Message", ClassUtils.getDefaultClassLoader())) {
      throw new CertfluxConfigurationException(
          "dns-01 needs dnsjava, which is not on the class path",
          "Add the dependency dnsjava:dnsjava, version 3.6 or newer");
    }
    return Dns01Solver.of(given == null ? provider(updates) : given);
  }

  private static DnsProvider provider(@Nullable DnsUpdateProperties updates) {
    String server = updates == null ? null : updates.server();
    if (updates == null || server == null) {
      throw new CertfluxConfigurationException(
          "certflux.challenge.rfc2136.server is not set",
          "Set the name or address of the DNS server that takes updates");
    }
    try {
      Rfc2136Provider.Builder builder = Rfc2136Provider.builder(server, updates.port());
      String name = updates.keyName();
      String secret = updates.keySecret();
      if (name != null && secret != null) {
        builder.key(name, updates.keyAlgorithm(), secret);
      } else if (name != null || secret != null) {
        throw new IllegalArgumentException("key-name and key-secret belong together");
      }
      String zone = updates.zone();
      return (zone == null ? builder : builder.zone(zone)).build();
    } catch (IllegalArgumentException e) {
      throw new CertfluxConfigurationException(
          "certflux.challenge.rfc2136: " + e.getMessage(),
          "Set server, port, key-name, key-algorithm and key-secret as the DNS server has them");
    }
  }

  /** Whether one proves by this type of challenge. */
  boolean prove(String type) {
    return all.stream().anyMatch(solver -> solver.type().equals(type));
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
