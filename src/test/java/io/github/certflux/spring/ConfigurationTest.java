package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeClient;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;

/** What the properties bring about, without a server. */
class ConfigurationTest {
  @TempDir private Path folder;

  private ReactiveWebApplicationContextRunner runner(String... more) {
    return new ReactiveWebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(CertfluxAutoConfiguration.class, SslAutoConfiguration.class))
        .withPropertyValues(
            "certflux.domains=example.org",
            "certflux.terms-of-service-agreed=true",
            "certflux.directory=https://127.0.0.1:1/directory",
            "certflux.challenge.http.port=0",
            "certflux.store.path=" + folder)
        .withPropertyValues(more);
  }

  @Test
  void withoutNamesThereIsNothing() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(CertfluxAutoConfiguration.class))
        .run(context -> assertThat(context).doesNotHaveBean(AcmeClient.class));
    runner("certflux.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(AcmeClient.class));
  }

  @Test
  void theBundleIsThereFromTheStart() {
    runner()
        .run(
            context -> {
              assertThat(context).hasSingleBean(CertificateManager.class);
              assertThat(context.getBean(SslBundles.class).getBundleNames()).contains("certflux");
            });
  }

  @Test
  void beansOfTheApplicationComeFirst() {
    MemoryStore own = MemoryStore.create();
    runner()
        .withBean("own", AcmeStore.class, () -> own)
        .run(context -> assertThat(context.getBean(AcmeStore.class)).isSameAs(own));
  }

  @Test
  void solversOfTheApplicationComeFirst() {
    runner()
        .withBean(ChallengeSolver.class, NoSolver::new)
        .run(context -> assertThat(context).doesNotHaveBean(CertfluxSolvers.class));
  }

  private static final class NoSolver implements ChallengeSolver {
    @Override
    public String type() {
      return "dns-01";
    }

    @Override
    public reactor.core.publisher.Mono<Void> present(
        io.github.certflux.challenge.SolverRequest request) {
      return reactor.core.publisher.Mono.empty();
    }

    @Override
    public reactor.core.publisher.Mono<Void> cleanUp(
        io.github.certflux.challenge.SolverRequest request) {
      return reactor.core.publisher.Mono.empty();
    }
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("certflux.directory=letsencrpyt", "letsencrpyt", "letsencrypt-staging"),
        Arguments.of("certflux.terms-of-service-agreed=false", "terms-of-service-agreed", "=true"),
        Arguments.of("certflux.domains=not a name", "certflux.domains", "www.example.org"),
        Arguments.of("certflux.email=a b@example.org", "certflux.email", "ops@example.org"),
        Arguments.of("certflux.challenge.types=dns-01", "dns-01", "ChallengeSolver"),
        Arguments.of("certflux.trust=file:/no/such.pem", "certflux.trust", "PEM"),
        Arguments.of("certflux.eab.key-id=kid", "certflux.eab", "hmac-key"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsWrongIsSaidWithWhatToDo(String property, String said, String advice) {
    runner(property)
        .run(
            context -> {
              assertThat(context).hasFailed();
              FailureAnalysis analysis =
                  new CertfluxFailureAnalyzer().analyze(context.getStartupFailure());
              assertThat(analysis).isNotNull();
              assertThat(analysis.getDescription()).contains(said);
              assertThat(analysis.getAction()).contains(advice);
            });
  }

  @ParameterizedTest
  @MethodSource("optional")
  void whatIsOptionalMayBeMissing(String[] packages) {
    runner()
        .withClassLoader(new FilteredClassLoader(packages))
        .run(context -> assertThat(context).hasNotFailed().hasSingleBean(AcmeClient.class));
  }

  static Stream<Arguments> optional() {
    return Stream.of(
            new String[] {"io.micrometer"},
            new String[] {"org.springframework.boot.actuate", "org.springframework.boot.health"},
            new String[] {"io.lettuce", "io.r2dbc", "org.postgresql"},
            new String[] {"org.xbill.DNS"},
            new String[] {
              "io.micrometer",
              "org.springframework.boot.actuate",
              "org.springframework.boot.health",
              "io.lettuce",
              "io.r2dbc",
              "org.postgresql",
              "org.xbill.DNS"
            })
        .map(each -> Arguments.of((Object) each));
  }
}
