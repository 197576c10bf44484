package io.github.certflux.spring;

import io.github.certflux.AccountRequest;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.KnownCa;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.spring.CertfluxProperties.CertificateProperties;
import io.github.certflux.spring.CertfluxProperties.ExternalAccountProperties;
import io.github.certflux.spring.CertfluxProperties.FallbackProperties;
import io.github.certflux.spring.CertfluxProperties.HttpProperties;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;

/**
 * The properties, checked: whatever is wrong with them is known before the server starts.
 *
 * @param ca the first that is asked
 * @param fallbacks those that are asked where another fails, in their order
 * @param certificates what is ordered, the server's own first
 */
record Settings(Ca ca, List<Ca> fallbacks, List<OrderRequest> certificates) {

  private static final int LAST_PORT = 65_535;
  private static final Duration YOUNGEST = Duration.ofHours(1);

  static Settings of(CertfluxProperties properties) {
    if (!properties.termsOfServiceAgreed()) {
      throw new CertfluxConfigurationException(
          "certflux.terms-of-service-agreed is not true: a CA issues nothing to who does not agree to its terms",
          "Read the terms of the CA and set certflux.terms-of-service-agreed=true");
    }
    Duration every = properties.rollover().every();
    if (every != null && every.compareTo(YOUNGEST) < 0) {
      throw new CertfluxConfigurationException(
          "certflux.rollover.every is " + every + ", which is less than an hour",
          "Set such as 90d; without it the account keeps its key");
    }
    HttpProperties http = properties.challenge().http();
    requirePort("certflux.challenge.http.port", http.port(), 0);
    requirePort("certflux.challenge.http.redirect-port", http.redirectPort(), 1);
    return new Settings(
        ca(
            "certflux",
            properties.directory(),
            properties.trust(),
            properties.email(),
            properties.eab()),
        fallbacks(properties),
        certificates(properties));
  }

  private static List<Ca> fallbacks(CertfluxProperties properties) {
    List<Ca> all = new ArrayList<>();
    Set<String> seen = new HashSet<>(Set.of(properties.directory()));
    for (FallbackProperties each : properties.fallbacks()) {
      String prefix = "certflux.fallbacks[" + all.size() + "]";
      String directory = each.directory();
      if (directory == null || !seen.add(directory)) {
        throw new CertfluxConfigurationException(
            prefix + ".directory is " + (directory == null ? "not set" : "a CA that is set before"),
            "Set letsencrypt, letsencrypt-staging, or the https URL of another CA's ACME directory");
      }
      all.add(ca(prefix, directory, each.trust(), properties.email(), each.eab()));
    }
    return List.copyOf(all);
  }

  private static Ca ca(
      String prefix,
      String directory,
      @Nullable Resource trust,
      @Nullable String email,
      @Nullable ExternalAccountProperties eab) {
    return new Ca(
        prefix,
        directory(prefix + ".directory", directory),
        trust(prefix + ".trust", trust),
        account(prefix + ".eab", email, eab));
  }

  private static void requirePort(String property, @Nullable Integer port, int least) {
    if (port != null && (port < least || port > LAST_PORT)) {
      throw new CertfluxConfigurationException(
          property + " is " + port + ", which is no port", "Set " + least + " to " + LAST_PORT);
    }
  }

  /** The plain port, where that is not the server's own, which could then not be opened. */
  static HttpProperties apart(HttpProperties http, int serverPort) {
    if (http.port() != 0 && http.port() == serverPort) {
      throw new CertfluxConfigurationException(
          "certflux.challenge.http.port is " + http.port() + ", as is server.port",
          "Set server.port to the HTTPS port, such as 443, or another certflux.challenge.http.port");
    }
    return http;
  }

  /** Whether a certificate is for this name: as it is written, or by a wildcard. */
  boolean isManaged(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    int dot = lower.indexOf('.');
    String wildcard = dot < 0 ? lower : "*" + lower.substring(dot);
    return certificates.stream()
        .flatMap(order -> order.identifiers().stream())
        .map(Identifier::value)
        .anyMatch(managed -> managed.equals(lower) || managed.equals(wildcard));
  }

  /** Only a record in the DNS proves a wildcard. */
  void check(CertfluxSolvers solvers) {
    for (OrderRequest order : certificates) {
      for (Identifier name : order.identifiers()) {
        if (name.value().startsWith("*.") && !solvers.proveWildcards()) {
          throw new CertfluxConfigurationException(
              name.value() + " is a wildcard, which only dns-01 proves",
              "Set certflux.challenge.rfc2136.server and its key, give a bean of the type DnsProvider, or name the hosts one by one");
        }
      }
    }
  }

  private static URI directory(String property, String value) {
    return switch (value) {
      case "letsencrypt" -> KnownCa.LETS_ENCRYPT.directory();
      case "letsencrypt-staging" -> KnownCa.LETS_ENCRYPT_STAGING.directory();
      default -> url(property, value);
    };
  }

  private static URI url(String property, String value) {
    try {
      URI url = URI.create(value);
      if ("https".equals(url.getScheme()) && url.getHost() != null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new CertfluxConfigurationException(
        property + " is \"" + value + "\", which is no CA that is known by name, and no https URL",
        "Set letsencrypt, letsencrypt-staging, or the https URL of the CA's ACME directory");
  }

  private static Optional<byte[]> trust(String property, @Nullable Resource pem) {
    if (pem == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(pem.getContentAsByteArray());
    } catch (IOException e) {
      throw new CertfluxConfigurationException(
          property + ": " + pem.getDescription() + " can't be read",
          "Name a PEM file of the roots that the CA's HTTPS is trusted by, such as file:/etc/ca.pem");
    }
  }

  private static AccountRequest account(
      String property, @Nullable String email, @Nullable ExternalAccountProperties eab) {
    AccountRequest account =
        checked(
            "certflux.email",
            "Set a plain address such as ops@example.org, or none",
            () ->
                email == null || email.isBlank()
                    ? AccountRequest.create()
                    : AccountRequest.contact(email));
    if (eab == null) {
      return account.agreeToTerms();
    }
    String advice = "Set " + property + ".key-id and .hmac-key as your CA has given them to you";
    String kid = eab.keyId();
    String key = eab.hmacKey();
    if (kid == null || kid.isBlank() || key == null || key.isBlank()) {
      throw new CertfluxConfigurationException(
          property + " needs a key-id and an hmac-key", advice);
    }
    return account
        .agreeToTerms()
        .withExternalAccount(checked(property, advice, () -> ExternalAccountBinding.of(kid, key)));
  }

  private static List<OrderRequest> certificates(CertfluxProperties properties) {
    List<OrderRequest> all = new ArrayList<>();
    if (!properties.domains().isEmpty()) {
      all.add(order("certflux", properties.domains(), properties.keyType(), properties.profile()));
    }
    properties
        .certificates()
        .forEach((name, each) -> all.add(order("certflux.certificates." + name, each, properties)));
    if (all.isEmpty()) {
      throw new CertfluxConfigurationException(
          "certflux.domains is set, but empty: the server would speak plain HTTP",
          "Set the names of the certificate, or certflux.enabled=false where there is to be none");
    }
    Set<Set<String>> seen = new HashSet<>();
    for (OrderRequest order : all) {
      List<String> names = CertificateStates.names(order);
      if (!seen.add(Set.copyOf(names))) {
        throw new CertfluxConfigurationException(
            "certflux.certificates: there are two certificates for the same names, " + names,
            "Remove one of them, or give it other names");
      }
    }
    return List.copyOf(all);
  }

  private static OrderRequest order(
      String prefix, CertificateProperties each, CertfluxProperties properties) {
    KeyType type = each.keyType();
    String profile = each.profile();
    return order(
        prefix,
        each.domains(),
        type == null ? properties.keyType() : type,
        profile == null ? properties.profile() : profile);
  }

  private static OrderRequest order(
      String prefix, List<String> domains, KeyType type, @Nullable String profile) {
    OrderRequest names =
        checked(
            prefix + ".domains",
            "Set DNS names such as www.example.org or *.example.org, or IP addresses",
            () -> OrderRequest.of(domains));
    OrderRequest order =
        checked(
            prefix + ".key-type",
            "Set one that CAs take, such as ec-p256 or rsa-2048",
            () -> names.withKeyType(type));
    return profile == null ? order : order.withProfile(profile);
  }

  private interface Maker<T> {
    T make();
  }

  private static <T> T checked(String property, String advice, Maker<T> maker) {
    try {
      return maker.make();
    } catch (IllegalArgumentException e) {
      throw new CertfluxConfigurationException(property + ": " + e.getMessage(), advice);
    }
  }
}
