package io.github.certflux.spring;

import io.github.certflux.AcmeClientBuilder;

/**
 * Changes how the clients of the CAs are built: a proxy, limits, another rollover policy. Every
 * bean of this type is asked once for each CA, in their order, after what the properties say.
 */
@FunctionalInterface
public interface AcmeClientCustomizer {

  /**
   * Changes a client that is about to be built.
   *
   * @param client has all that the properties say
   */
  void customize(AcmeClientBuilder client);
}
