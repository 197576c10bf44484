package io.github.certflux.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;

/**
 * What a native image must be told: Netty looks at its handlers' methods, and a store reads SQL.
 */
final class CertfluxRuntimeHints implements RuntimeHintsRegistrar {
  private static final String[] HANDLERS = {
    "io.github.certflux.challenge.TlsAlpn01Handler",
    "io.github.certflux.challenge.TlsAlpn01Handler$End",
    "io.github.certflux.internal.ConnectionProbe"
  };

  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
    for (String handler : HANDLERS) {
      hints
          .reflection()
          .registerType(TypeReference.of(handler), MemberCategory.INVOKE_PUBLIC_METHODS);
    }
    hints.resources().registerPattern("io/github/certflux/store/*.sql");
  }
}
