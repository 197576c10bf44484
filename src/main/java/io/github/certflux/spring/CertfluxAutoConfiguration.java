package io.github.certflux.spring;

import io.github.certflux.AcmeClient;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.manager.CertificateManagerBuilder;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.store.AcmeStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Gives a WebFlux application on Reactor Netty its certificates, where {@code certflux.domains} or
 * {@code certflux.certificates} names any. The server starts at once and shows a placeholder until
 * there is a certificate. Beans of the application take the place of those here: an {@link
 * AcmeStore}, an {@link AcmeClient}, {@link ChallengeSolver}s, a {@link CertificateManager}; an
 * {@link AcmeObserver} is told what the client does.
 */
@AutoConfiguration(
    before = {SslAutoConfiguration.class, NettyReactiveWebServerAutoConfiguration.class},
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
    })
@ImportRuntimeHints(CertfluxRuntimeHints.class)
@ConditionalOnClass(NettyReactiveWebServerFactory.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@Conditional(OnCertificates.class)
@EnableConfigurationProperties(CertfluxProperties.class)
public final class CertfluxAutoConfiguration {

  /** Made by Spring. */
  CertfluxAutoConfiguration() {}

  @Bean
  Settings certfluxSettings(CertfluxProperties properties) {
    return Settings.of(properties);
  }

  /** Closed by {@link CertificateKeeping}, in its turn. */
  @Bean(destroyMethod = "")
  @ConditionalOnMissingBean
  AcmeStore certfluxStore(
      CertfluxProperties properties, BeanFactory beans, Environment environment) {
    return Stores.of(properties.store(), beans, environment);
  }

  @Bean(destroyMethod = "")
  CertfluxSolvers certfluxSolvers(
      CertfluxProperties properties,
      ObjectProvider<ChallengeSolver> given,
      ObjectProvider<DnsProvider> writer,
      ObjectProvider<PlainHttpPort> plain) {
    PlainHttpPort port = plain.getIfAvailable();
    return CertfluxSolvers.of(
        properties.challenge(),
        given.orderedStream().toList(),
        writer.getIfAvailable(),
        port == null ? null : port.solver());
  }

  @Bean
  Clients certfluxClients(
      Settings settings,
      AcmeStore store,
      CertfluxSolvers solvers,
      ObjectProvider<AcmeObserver> observers,
      ObjectProvider<AcmeClientCustomizer> customizers) {
    settings.check(solvers);
    return new Clients(
        store, solvers, observers.orderedStream().toList(), customizers.orderedStream().toList());
  }

  @Bean(destroyMethod = "")
  @ConditionalOnMissingBean
  AcmeClient certfluxClient(Settings settings, Clients clients) {
    return clients.of(settings.ca());
  }

  @Bean(destroyMethod = "")
  Fallbacks certfluxFallbacks(Settings settings, Clients clients) {
    return Fallbacks.of(settings.fallbacks(), clients);
  }

  @Bean(destroyMethod = "")
  @ConditionalOnMissingBean
  CertificateManager certfluxManager(
      Settings settings,
      CertfluxProperties properties,
      AcmeStore store,
      AcmeClient client,
      Fallbacks fallbacks,
      ObjectProvider<CertificateManagerCustomizer> customizers) {
    CertificateManagerBuilder manager =
        CertificateManager.builder(store)
            .ca(client, settings.ca().account())
            .defaultName(CertificateStates.names(settings.certificates().get(0)).get(0));
    fallbacks.all().forEach(other -> manager.ca(other.client(), other.account()));
    if (properties.rollover().every() != null) {
      manager.rollAccountKeysOver(properties.rollover().every(), properties.rollover().keyType());
    }
    customizers.orderedStream().forEach(customizer -> customizer.customize(manager));
    return manager.build();
  }

  @Bean
  ServerBundle certfluxServerBundle(Environment environment) {
    return new ServerBundle(ServerTls.options(environment), now());
  }

  /** The clock of the client's and the manager's timer. */
  private static Instant now() {
    return Instant.ofEpochMilli(Schedulers.parallel().now(TimeUnit.MILLISECONDS));
  }

  @Bean
  CertificateKeeping certfluxCertificateKeeping(
      Settings settings,
      CertificateManager manager,
      ServerBundle bundle,
      CertfluxSolvers solvers,
      ObjectProvider<PlainHttpPort> plain,
      AcmeClient client,
      Fallbacks fallbacks,
      AcmeStore store,
      ApplicationContext told,
      BeanFactory beans) {
    List<Mono<Void>> closing =
        List.of(
            ifOurs(beans, "certfluxManager", manager.disposeLater()),
            ifOurs(beans, "certfluxClient", client.disposeLater()),
            fallbacks.disposeLater(),
            solvers.disposeLater(),
            Mono.justOrEmpty(plain.getIfAvailable()).flatMap(port -> port.solver().disposeLater()),
            ifOurs(beans, "certfluxStore", store.disposeLater()));
    return new CertificateKeeping(
        manager, settings.certificates(), bundle, told, closing, Schedulers.boundedElastic());
  }

  /** What the application gave stays its own to close. */
  private static Mono<Void> ifOurs(BeanFactory beans, String name, Mono<Void> closing) {
    return beans.containsBean(name) ? closing : Mono.empty();
  }

  @Bean
  CertificateStates certfluxCertificateStates(
      CertificateKeeping keeping, CertificateManager manager) {
    return new CertificateStates(keeping, manager);
  }

  /** After Boot's own, so that an application that has set another bundle keeps it. */
  @Bean
  @Order(Ordered.LOWEST_PRECEDENCE)
  WebServerFactoryCustomizer<NettyReactiveWebServerFactory> certfluxServerCustomizer(
      CertfluxSolvers solvers) {
    return factory -> {
      factory.setSsl(ServerTls.withBundle(factory.getSsl()));
      solvers.tlsAlpn01().forEach(tls -> factory.addServerCustomizers(tls::addTo));
    };
  }

  @Bean
  @ConditionalOnProperty(
      name = "certflux.challenge.http.enabled",
      havingValue = "true",
      matchIfMissing = true)
  PlainHttpPort certfluxPlainHttpPort(
      CertfluxProperties properties,
      Settings settings,
      Environment environment,
      AcmeStore store,
      ObjectProvider<ChallengeSolver> given,
      ObjectProvider<CertificateManager> manager,
      ObjectProvider<ReactorResourceFactory> resources) {
    ReactorResourceFactory shared = resources.getIfUnique();
    Binder binder = Binder.get(environment);
    return new PlainHttpPort(
        Settings.apart(
            properties.challenge().http(), binder.bind("server.port", Integer.class).orElse(8080)),
        binder.bind("server.address", InetAddress.class).orElse(null),
        store,
        given.stream()
            .filter(Http01Solver.class::isInstance)
            .map(Http01Solver.class::cast)
            .toList(),
        settings::isManaged,
        name -> manager.getObject().certificate(name).isPresent(),
        shared == null ? null : new CurrentLoops(shared),
        Schedulers.parallel());
  }

  /** Meters, where Micrometer is. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  @ConditionalOnBean(MeterRegistry.class)
  static final class MetersConfiguration {
    @Bean
    CertfluxMeters certfluxMeters(MeterRegistry registry) {
      return new CertfluxMeters(registry);
    }

    @Bean
    CertificateMeters certfluxCertificateMeters(MeterRegistry registry, CertificateStates states) {
      return new CertificateMeters(registry, states, CertfluxAutoConfiguration::now);
    }
  }

  /** Timers and spans, where somebody observes. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ObservationRegistry.class)
  @ConditionalOnBean(ObservationRegistry.class)
  static final class ObservationsConfiguration {
    @Bean
    CertfluxObservations certfluxObservations(ObservationRegistry registry) {
      return new CertfluxObservations(registry);
    }
  }

  /** Health, where Boot's is. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ReactiveHealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
  static final class HealthConfiguration {
    @Bean
    @ConditionalOnEnabledHealthIndicator("certflux")
    @ConditionalOnMissingBean(name = "certfluxHealthIndicator")
    ReactiveHealthIndicator certfluxHealthIndicator(
        CertificateStates states, ObjectProvider<PlainHttpPort> plain) {
      return new CertfluxHealthIndicator(
          states,
          () -> Optional.ofNullable(plain.getIfAvailable()).flatMap(PlainHttpPort::trouble),
          CertfluxAutoConfiguration::now);
    }
  }

  /** The endpoint, where Actuator is. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
  static final class EndpointConfiguration {
    @Bean
    Secrets certfluxSecrets() {
      return new Secrets();
    }

    @Bean
    @ConditionalOnAvailableEndpoint
    CertfluxEndpoint certfluxEndpoint(
        CertificateStates states,
        CertificateManager manager,
        AcmeClient client,
        Fallbacks fallbacks,
        Settings settings,
        CertfluxProperties properties) {
      return new CertfluxEndpoint(
          states,
          manager,
          client,
          settings.ca().account(),
          fallbacks,
          properties.rollover().keyType(),
          CertfluxAutoConfiguration::now);
    }
  }
}
