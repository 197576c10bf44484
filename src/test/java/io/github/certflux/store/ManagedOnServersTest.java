package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.challenge.Unneeded;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.TestCa;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Mono;

/** Two nodes renew a certificate while the server of their store hangs, or dies. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ManagedOnServersTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final String name = "managed-" + NAMES.incrementAndGet() + ".example.org";
  private volatile Proofs proofs = new Proofs();
  private final TestCa ca =
      TestCa.builder()
          .validation(request -> proofs.checked())
          .certificateLifetime(Duration.ofDays(45))
          .startNow();
  private final List<Mono<Void>> open = new ArrayList<>(List.of(ca.disposeLater()));

  /** The CA looks at them only when it may. */
  private static final class Proofs {
    final CompletableFuture<Void> asked = new CompletableFuture<>();
    final CompletableFuture<Void> allowed = new CompletableFuture<>();

    Mono<CaProblem> checked() {
      asked.complete(null);
      return Mono.fromFuture(allowed, true).then(Mono.empty());
    }
  }

  @AfterEach
  void close() {
    open.forEach(each -> each.block(PATIENCE));
  }

  @Test
  void onRedisNothingIsLostOrOrderedTwice() throws Exception {
    TestRedis redis = TestRedis.shared();
    nothingIsLostOrOrderedTwice(redis, () -> RedisStore.at(redis.uri().toURI().toString()));
  }

  @Test
  void onPostgresNothingIsLostOrOrderedTwice() throws Exception {
    TestPostgres postgres = TestPostgres.shared();
    nothingIsLostOrOrderedTwice(
        postgres,
        () -> {
          ConnectionPool pool =
              new ConnectionPool(
                  ConnectionPoolConfiguration.builder(ConnectionFactories.get(postgres.url()))
                      .initialSize(0)
                      .maxSize(10)
                      .build());
          open.add(0, pool.disposeLater());
          return PostgresStore.on(pool);
        });
  }

  private void nothingIsLostOrOrderedTwice(TestServer server, Supplier<AcmeStore> store)
      throws Exception {
    CertificateManager one = node(store.get());
    CertificateManager other = node(store.get());
    proofs.allowed.complete(null);
    X509Certificate first = common(one, other, leaf -> true);

    proofs = new Proofs();
    one.renewNow(name).block(PATIENCE);
    proofs.asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    server.pause();
    try {
      proofs.allowed.complete(null);
      issued(2);
    } finally {
      server.resume();
    }
    X509Certificate second = common(one, other, leaf -> !leaf.equals(first));

    proofs = new Proofs();
    other.renewNow(name).block(PATIENCE);
    proofs.asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    server.kill();
    try {
      proofs.allowed.complete(null);
      issued(3);
    } finally {
      server.start();
    }
    common(one, other, leaf -> !leaf.equals(first) && !leaf.equals(second));
    assertThat(ca.truth().certificates()).hasSize(3);
    assertThat(ca.truth().orders()).hasSize(3);
  }

  private void issued(int certificates) {
    until(
        () ->
            ca.truth().certificates().size() == certificates
                ? Optional.of(true)
                : Optional.empty());
  }

  private CertificateManager node(AcmeStore store) {
    AcmeClient acme =
        AcmeClient.builder(ca.directory())
            .trust(ca.rootPem().getBytes(StandardCharsets.US_ASCII))
            .store(store)
            .solver(new Unneeded("http-01"))
            .build();
    CertificateManager manager =
        CertificateManager.builder(store).ca(acme, AccountRequest.create().agreeToTerms()).build();
    manager.manage(name).subscribe();
    open.add(
        0,
        manager
            .disposeLater()
            .then(Mono.defer(acme::disposeLater))
            .then(Mono.defer(store::disposeLater)));
    return manager;
  }

  /** Waits until both have one and the same certificate, such as is wanted. */
  private X509Certificate common(
      CertificateManager one, CertificateManager other, Predicate<X509Certificate> wanted) {
    return until(
        () ->
            leaf(one).filter(wanted).filter(leaf -> leaf(other).filter(leaf::equals).isPresent()));
  }

  private Optional<X509Certificate> leaf(CertificateManager node) {
    return node.certificate(name).map(certificate -> certificate.chain().get(0));
  }

  private static <T> T until(Supplier<Optional<T>> there) {
    return Mono.defer(() -> Mono.justOrEmpty(there.get()))
        .repeatWhenEmpty(empty -> empty.delayElements(Duration.ofMillis(20)))
        .block(PATIENCE);
  }
}
