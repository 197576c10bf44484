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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The solvers: the application's own, and for the other types those in its servers and the one in
 * the DNS.
 *
 * @param all in the order in which they are tried
 * @param made those that are not the application's own
 */
record CertfluxSolvers(List<ChallengeSolver> all, List<ChallengeSolver> made) {
  private static final Set<String> IN_SERVERS = Set.of(Challenge.TLS_ALPN_01, Challenge.HTTP_01);

  /**
   * Those of the properties.
   *
   * @param given the application's own, each of which takes the place of what is made for its type
   * @param writer the application's own writer of DNS records
   * @param plain the solver on the plain port; {@code null} where that is not to be opened
   */
  static CertfluxSolvers of(
      ChallengeProperties properties,
      List<ChallengeSolver> given,
      @Nullable DnsProvider writer,
      @Nullable Http01Solver plain) {
    List<ChallengeSolver> all = new ArrayList<>();
    List<ChallengeSolver> made = new ArrayList<>();
    for (String type : types(properties, given, writer, plain)) {
      List<ChallengeSolver> own =
          given.stream().filter(solver -> solver.type().equals(type)).toList();
      if (own.isEmpty()) {
        made.add(made(type, properties, writer, plain));
        all.add(made.get(made.size() - 1));
      }
      all.addAll(own);
    }
    return new CertfluxSolvers(List.copyOf(all), List.copyOf(made));
  }

  private static Set<String> types(
      ChallengeProperties properties,
      List<ChallengeSolver> given,
      @Nullable DnsProvider writer,
      @Nullable Http01Solver plain) {
    Set<String> types = new LinkedHashSet<>();
    for (String type : properties.types()) {
      if (!types.add(type)) {
        throw new CertfluxConfigurationException(
            "certflux.challenge.types has \"" + type + "\" twice",
            "Set each type once, in the order in which they are to be tried");
      }
    }
    if (types.isEmpty()) {
      given.forEach(solver -> types.add(solver.type()));
      types.add(Challenge.TLS_ALPN_01);
      if (plain != null) {
        types.add(Challenge.HTTP_01);
      }
      if (writer != null || properties.rfc2136() != null) {
        types.add(Challenge.DNS_01);
      }
    }
    return types;
  }

  private static ChallengeSolver made(
      String type,
      ChallengeProperties properties,
      @Nullable DnsProvider writer,
      @Nullable Http01Solver plain) {
    return switch (type) {
      case Challenge.TLS_ALPN_01 -> TlsAlpn01Solver.inServer();
      case Challenge.DNS_01 -> inTheDns(properties.rfc2136(), writer);
      case Challenge.HTTP_01 -> {
        if (plain == null) {
          throw new CertfluxConfigurationException(
              "certflux.challenge.types has \"http-01\", but certflux.challenge.http.enabled is false",
              "Open the plain port, remove http-01, or give a bean of the type Http01Solver that a server of yours answers by");
        }
        yield plain;
      }
      default ->
          throw new CertfluxConfigurationException(
              "certflux.challenge.types has \"" + type + "\"",
              "Set one or more of tls-alpn-01, http-01 and dns-01; for another type give a bean of the type ChallengeSolver");
    };
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

  /** Whether any proves a wildcard, which no server does. */
  boolean proveWildcards() {
    return all.stream().anyMatch(solver -> !IN_SERVERS.contains(solver.type()));
  }

  /** Those that show their proofs in the web server. */
  List<TlsAlpn01Solver> tlsAlpn01() {
    return all.stream()
        .filter(TlsAlpn01Solver.class::isInstance)
        .map(TlsAlpn01Solver.class::cast)
        .toList();
  }

  Mono<Void> disposeLater() {
    return Flux.fromIterable(made).concatMap(ChallengeSolver::disposeLater).then();
  }
}
