package io.github.certflux.examples;

import io.github.certflux.ChainPreference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which of a certificate's chains is wanted. */
final class ChainOptions {

  @Option(
      names = "--preferred-chain",
      paramLabel = "ISSUER",
      description = "the chain with this issuer, by its common name, where there is one")
  private @Nullable String issuer;

  ChainPreference preference() {
    return issuer == null ? ChainPreference.servers() : ChainPreference.issuer(issuer);
  }
}
