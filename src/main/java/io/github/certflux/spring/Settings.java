package io.github.certflux.spring;

import io.github.certflux.AccountRequest;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.KnownCa;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.spring.CertfluxProperties.CertificateProperties;
import io.github.certflux.spring.CertfluxProperties.ExternalAccountProperties;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;

/**
 * The properties, checked: whatever is wrong with them is known before the server starts.
 *
 * @param directory the CA's directory
 * @param trust roots for the CA's own HTTPS, in PEM
 * @param account which account orders
 * @param certificates what is ordered, the server's own first
 */
record Settings(
    URI directory,
    Optional<byte[]> trust,
    AccountRequest account,
    List<OrderRequest> certificates) {
  private static final List<String> TYPES = List.of(Challenge.TLS_ALPN_01, Challenge.HTTP_01);

  static Settings of(CertfluxProperties properties) {
    if (!properties.termsOfServiceAgreed()) {
      throw new CertfluxConfigurationException(
          "certflux.terms-of-service-agreed is not true: a CA issues nothing to who does not agree to its terms",
          "Read the terms of the CA and set certflux.terms-of-service-agreed=true");
    }
    for (String type : properties.challenge().types()) {
      if (!TYPES.contains(type)) {
        throw new CertfluxConfigurationException(
            "certflux.challenge.types has \"" + type + "\"",
            "Set one or both of "
                + TYPES
                + ", or give a bean of the type ChallengeSolver for dns-01");
      }
    }
    return new Settings(
        directory(properties.directory()),
        trust(properties.trust()),
        account(properties),
        certificates(properties));
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

  private static URI directory(String value) {
    return switch (value) {
      case "letsencrypt" -> KnownCa.LETS_ENCRYPT.directory();
      case "letsencrypt-staging" -> KnownCa.LETS_ENCRYPT_STAGING.directory();
      default -> url(value);
    };
  }

  private static URI url(String value) {
    try {
      URI url = URI.create(value);
      if (("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
          && url.getHost() != null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new CertfluxConfigurationException(
        "certflux.directory is \"" + value + "\", which is no CA that is known by name, and no URL",
        "Set letsencrypt, letsencrypt-staging, or the https URL of the CA's ACME directory");
  }

  private static Optional<byte[]> trust(@Nullable Resource pem) {
    if (pem == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(pem.getContentAsByteArray());
    } catch (IOException e) {
      throw new CertfluxConfigurationException(
          "certflux.trust: " + pem.getDescription() + " can't be read",
          "Name a PEM file of the roots that the CA's HTTPS is trusted by, such as file:/etc/ca.pem");
    }
  }

  private static AccountRequest account(CertfluxProperties properties) {
    String email = properties.email();
    AccountRequest account =
        checked(
            "certflux.email",
            "Set a plain address such as ops@example.org, or none",
            () ->
                email == null || email.isBlank()
                    ? AccountRequest.create()
                    : AccountRequest.contact(email));
    ExternalAccountProperties eab = properties.eab();
    if (eab == null) {
      return account.agreeToTerms();
    }
    String advice =
        "Set certflux.eab.key-id and certflux.eab.hmac-key as your CA has given them to you";
    String kid = eab.keyId();
    String key = eab.hmacKey();
    if (kid == null || kid.isBlank() || key == null || key.isBlank()) {
      throw new CertfluxConfigurationException(
          "certflux.eab needs a key-id and an hmac-key", advice);
    }
    return account
        .agreeToTerms()
        .withExternalAccount(
            checked("certflux.eab", advice, () -> ExternalAccountBinding.of(kid, key)));
  }

  private static List<OrderRequest> certificates(CertfluxProperties properties) {
    List<OrderRequest> all = new ArrayList<>();
    if (!properties.domains().isEmpty()) {
      all.add(
          order(
              "certflux.domains",
              properties.domains(),
              properties.keyType(),
              properties.profile()));
    }
    properties
        .certificates()
        .forEach(
            (name, each) ->
                all.add(order("certflux.certificates." + name + ".domains", each, properties)));
    return List.copyOf(all);
  }

  private static OrderRequest order(
      String property, CertificateProperties each, CertfluxProperties properties) {
    KeyType type = each.keyType();
    String profile = each.profile();
    return order(
        property,
        each.domains(),
        type == null ? properties.keyType() : type,
        profile == null ? properties.profile() : profile);
  }

  private static OrderRequest order(
      String property, List<String> domains, KeyType type, @Nullable String profile) {
    OrderRequest order =
        checked(
                property,
                "Set DNS names such as www.example.org or *.example.org, or IP addresses",
                () -> OrderRequest.of(domains))
            .withKeyType(type);
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
