package io.github.certflux.spring;

import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.store.AcmeStore;
import java.util.List;

/**
 * Makes the clients of the CAs, which differ in nothing else.
 *
 * @param store for all
 * @param solvers for all
 * @param observers are told what each does
 * @param customizers have the last word
 */
record Clients(
    AcmeStore store,
    CertfluxSolvers solvers,
    List<AcmeObserver> observers,
    List<AcmeClientCustomizer> customizers) {

  AcmeClient of(Ca ca) {
    AcmeClientBuilder client = AcmeClient.builder(ca.directory()).store(store);
    ca.trust().ifPresent(pem -> trust(client, ca, pem));
    solvers.all().forEach(client::solver);
    if (!observers.isEmpty()) {
      client.observer(new AllObservers(observers));
    }
    customizers.forEach(customizer -> customizer.customize(client));
    return client.build();
  }

  private static void trust(AcmeClientBuilder client, Ca ca, byte[] pem) {
    try {
      client.trust(pem);
    } catch (IllegalArgumentException e) {
      throw new CertfluxConfigurationException(
          ca.property() + ".trust: " + e.getMessage(),
          "Name a PEM file of the roots that the CA's HTTPS is trusted by, such as file:/etc/ca.pem");
    }
  }
}
