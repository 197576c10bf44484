package io.github.certflux.spring;

import io.github.certflux.manager.CertificateManagerBuilder;

/**
 * Changes how the manager is built: kept keys, how many orders, issuance on demand. Every bean of
 * this type is asked once, in their order, after what the properties say.
 */
@FunctionalInterface
public interface CertificateManagerCustomizer {

  /**
   * Changes the manager that is about to be built.
   *
   * @param manager has all that the properties say
   */
  void customize(CertificateManagerBuilder manager);
}
