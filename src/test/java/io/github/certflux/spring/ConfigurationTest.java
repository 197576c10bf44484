package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.KnownCa;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.Unneeded;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.PostgresStore;
import io.github.certflux.store.RedisStore;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
  void nothingIsOrderedWhereNoServerListens() {
    AtomicInteger managed = new AtomicInteger();
    CertificateManager watched =
        (CertificateManager)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {CertificateManager.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("manage")) {
                    managed.incrementAndGet();
                  }
                  return switch (method.getReturnType().getSimpleName()) {
                    case "Flux" -> Flux.empty();
                    case "Mono" -> Mono.empty();
                    default -> null;
                  };
                });
    runner()
        .withBean(CertificateManager.class, () -> watched)
        .run(context -> assertThat(context.getBean(CertificateKeeping.class).isRunning()).isTrue());

    assertThat(managed).hasValue(0);
  }

  @Test
  void aStoreOfTheApplicationComesFirst() {
    MemoryStore own = MemoryStore.create();
    runner()
        .withBean("own", AcmeStore.class, () -> own)
        .run(context -> assertThat(context.getBean(AcmeStore.class)).isSameAs(own));
  }

  private static List<String> types(ApplicationContext context) {
    return context.getBean(CertfluxSolvers.class).all().stream()
        .map(ChallengeSolver::type)
        .toList();
  }

  /** A wildcard would be refused without it. */
  @Test
  void aSolverOfTheApplicationTakesThePlaceOfThatOfItsTypeAlone() {
    Unneeded own = new Unneeded("dns-01");
    runner("certflux.domains=*.example.org", "certflux.challenge.rfc2136.server=127.0.0.1")
        .withBean(ChallengeSolver.class, () -> own)
        .run(
            context -> {
              assertThat(types(context)).containsExactly("dns-01", "tls-alpn-01", "http-01");
              assertThat(context.getBean(CertfluxSolvers.class).all()).contains(own);
            });
    runner()
        .withBean("tls", ChallengeSolver.class, () -> new Unneeded("tls-alpn-01"))
        .withBean("http", ChallengeSolver.class, Http01Solver::inServer)
        .run(
            context -> {
              assertThat(types(context)).containsExactly("tls-alpn-01", "http-01");
              assertThat(context.getBean(CertfluxSolvers.class).made()).isEmpty();
            });
  }

  @Test
  void theTypesAreTriedAsTheyAreSet() {
    runner("certflux.challenge.types=http-01,dns-01")
        .withBean("one", ChallengeSolver.class, () -> new Unneeded("dns-01"))
        .withBean("other", ChallengeSolver.class, () -> new Unneeded("dns-01"))
        .run(context -> assertThat(types(context)).containsExactly("http-01", "dns-01", "dns-01"));
  }

  @Test
  void nothingIsProvedOnAPlainPortThatIsNotToBeOpened() {
    runner("certflux.challenge.http.enabled=false")
        .run(context -> assertThat(types(context)).containsExactly("tls-alpn-01"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"server.address", "certflux.challenge.http.address"})
  void thePlainPortIsWhereTheServerIs(String property) {
    runner(property + "=192.0.2.1")
        .run(
            context ->
                StepVerifier.create(context.getBean(PlainHttpPort.class).solver().bind())
                    .expectErrorMatches(error -> error.getMessage().contains("192.0.2.1"))
                    .verify(Duration.ofSeconds(60)));
  }

  @Test
  void aClientOfTheApplicationComesFirst() {
    AcmeClient own = AcmeClient.builder(KnownCa.LETS_ENCRYPT_STAGING).build();
    runner()
        .withBean("own", AcmeClient.class, () -> own)
        .run(context -> assertThat(context.getBean(AcmeClient.class)).isSameAs(own));
  }

  @Test
  void aManagerOfTheApplicationComesFirst() {
    CertificateManager own =
        CertificateManager.builder(MemoryStore.create())
            .ca(
                AcmeClient.builder(KnownCa.LETS_ENCRYPT_STAGING).build(),
                AccountRequest.create().agreeToTerms())
            .build();
    runner()
        .withBean("own", CertificateManager.class, () -> own)
        .run(context -> assertThat(context.getBean(CertificateManager.class)).isSameAs(own));
  }

  @Test
  void aWildcardIsProvedByUpdatesOfTheDns() {
    runner(
            "certflux.domains=*.example.org",
            "certflux.challenge.rfc2136.server=127.0.0.1",
            "certflux.challenge.rfc2136.key-name=acme",
            "certflux.challenge.rfc2136.key-secret=c2VjcmV0")
        .run(
            context ->
                assertThat(context.getBean(CertfluxSolvers.class).all())
                    .extracting(ChallengeSolver::type)
                    .containsExactly("tls-alpn-01", "http-01", "dns-01"));
  }

  @Test
  void aStoreOnAServerIsWhereTheApplicationsDataAre() {
    runner(
            "certflux.store.type=redis",
            "spring.data.redis.host=redis.example.org",
            "spring.data.redis.password=p@ss",
            "spring.data.redis.ssl.enabled=true")
        .run(
            context -> {
              assertThat(context).getBean(AcmeStore.class).isInstanceOf(RedisStore.class);
              assertThat(RedisStores.ofTheApplication(context.getEnvironment()))
                  .isEqualTo("rediss://:p%40ss@redis.example.org:6379/0");
            });
    runner(
            "certflux.store.type=postgres",
            "certflux.store.url=r2dbc:postgresql://u:p@db.example.org/acme")
        .run(
            context ->
                assertThat(context).getBean(AcmeStore.class).isInstanceOf(PostgresStore.class));
  }

  @Test
  void aDriverThatIsMissingIsNamed() {
    runner("certflux.store.type=redis", "certflux.store.url=redis://127.0.0.1")
        .withClassLoader(new FilteredClassLoader("io.lettuce"))
        .run(
            context ->
                assertThat(new CertfluxFailureAnalyzer().analyze(context.getStartupFailure()))
                    .extracting(FailureAnalysis::getAction)
                    .asString()
                    .contains("lettuce-core"));
  }

  /** What an editor shows: each property, and what it is for. */
  @Test
  void theMetadataNameEveryProperty() throws IOException {
    String metadata;
    try (InputStream in =
        getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      metadata = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> names = new ArrayList<>();
    collect("certflux", CertfluxProperties.class, names);

    assertThat(names).contains("certflux.store.encryption.key-id").hasSizeGreaterThan(30);
    for (JsonNode property : new JsonMapper().readTree(metadata).get("properties")) {
      if (names.remove(property.get("name").asString())) {
        assertThat(property.path("description").asString()).as(property.toString()).isNotBlank();
      }
    }
    assertThat(names).as("missing").isEmpty();
    assertThat(metadata).as("hints").contains("letsencrypt-staging", "tls-alpn-01");
  }

  /** The names under which the components of our records are set. */
  static void collect(String prefix, Class<?> type, List<String> names) {
    for (RecordComponent component : type.getRecordComponents()) {
      String name =
          prefix + "." + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      if (component.getType().isRecord()) {
        collect(name, component.getType(), names);
      } else {
        names.add(name);
      }
    }
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("certflux.directory=letsencrpyt", "letsencrpyt", "letsencrypt-staging"),
        Arguments.of("certflux.terms-of-service-agreed=false", "terms-of-service-agreed", "=true"),
        Arguments.of("certflux.domains=not a name", "certflux.domains", "www.example.org"),
        Arguments.of("certflux.domains=*.example.org", "*.example.org", "rfc2136"),
        Arguments.of("certflux.certificates.b.domains=a..b", "certificates.b.domains", "DNS names"),
        Arguments.of("certflux.email=a b@example.org", "certflux.email", "ops@example.org"),
        Arguments.of("certflux.challenge.types=dns-02", "dns-02", "ChallengeSolver"),
        Arguments.of("certflux.challenge.types=dns-01", "dns-01", "DnsProvider"),
        Arguments.of("certflux.challenge.types=http-01,http-01", "http-01", "once"),
        Arguments.of(
            "certflux.challenge.types=http-01;certflux.challenge.http.enabled=false",
            "http.enabled",
            "Open the plain port"),
        Arguments.of("certflux.challenge.rfc2136.port=54", "rfc2136.server", "address"),
        Arguments.of("certflux.challenge.http.port=8080", "server.port", "443"),
        Arguments.of("certflux.challenge.http.port=65536", "http.port is 65536", "65535"),
        Arguments.of("certflux.challenge.http.redirect-port=0", "redirect-port is 0", "1 to"),
        Arguments.of("certflux.domains=", "certflux.domains", "certflux.enabled=false"),
        Arguments.of(
            "certflux.domains=a.example.org,b.example.org;certflux.certificates.c.domains=B.example.org,a.example.org",
            "same names",
            "other names"),
        Arguments.of("certflux.key-type=ec-p521", "certflux.key-type", "ec-p256"),
        Arguments.of(
            "certflux.certificates.b.domains=b.example.org;certflux.certificates.b.key-type=ec-p521",
            "certificates.b.key-type",
            "ec-p256"),
        Arguments.of("certflux.directory=http://ca.example.org/", "http://ca", "https URL"),
        Arguments.of(
            "spring.ssl.bundle.pem.certflux.keystore.certificate=a.pem",
            "spring.ssl.bundle.pem.certflux",
            "another name"),
        Arguments.of("certflux.trust=file:/no/such.pem", "certflux.trust", "PEM"),
        Arguments.of("certflux.trust=file:pom.xml", "certflux.trust", "PEM"),
        Arguments.of("certflux.rollover.every=1m", "certflux.rollover.every", "90d"),
        Arguments.of("certflux.store.path=pom.xml/store", "pom.xml/store", "certflux.store.path"),
        Arguments.of("certflux.store.type=redis", "no server", "spring.data.redis.url"),
        Arguments.of("certflux.store.type=postgres", "no server", "spring.r2dbc.url"),
        Arguments.of("certflux.store.encryption.key=c2hvcnQ=", "encryption.key", "openssl"),
        Arguments.of("certflux.eab.key-id=kid", "certflux.eab", "hmac-key"),
        Arguments.of(
            "certflux.fallbacks[0].directory=letsencrpyt", "fallbacks[0].directory", "letsencrypt"),
        Arguments.of(
            "certflux.fallbacks[0].eab.key-id=kid", "fallbacks[0].directory", "https URL"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsWrongIsSaidWithWhatToDo(String properties, String said, String advice) {
    runner(properties.split(";"))
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
            new String[] {"io.lettuce"},
            new String[] {"io.r2dbc"},
            new String[] {"io.micrometer.core"},
            new String[] {"org.springframework.boot.health"},
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
