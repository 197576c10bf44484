package io.github.certflux.testca;

import io.github.certflux.internal.AcmeTransport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A running test CA. Thread-safe.
 *
 * <pre>{@code
 * try (TestCa ca = TestCa.builder().fronts(3).startNow()) {
 *   AcmeClient.builder(ca.directory()) …
 * }
 * }</pre>
 */
public final class TestCa implements AutoCloseable {
  private static final URI IN_MEMORY = URI.create("https://ca.test/directory");

  private final Core core;
  private final Faults faults;
  private final Requests requests;
  private final Gateway gateway;
  private final InMemoryBinding memory;
  private final @Nullable HttpBinding http;
  private final @Nullable Scheduler owned;

  private TestCa(
      Core core,
      Faults faults,
      Requests requests,
      Gateway gateway,
      @Nullable HttpBinding http,
      @Nullable Scheduler owned) {
    this.core = core;
    this.faults = faults;
    this.requests = requests;
    this.gateway = gateway;
    this.memory = new InMemoryBinding(core, gateway);
    this.http = http;
    this.owned = owned;
  }

  /** A CA that resembles Boulder: three front ends, an account cache of five seconds in each. */
  public static TestCaBuilder builder() {
    return new TestCaBuilder();
  }

  static TestCa inMemory(Core core, @Nullable Scheduler owned) {
    Faults faults = new Faults(core.chance, core.failures);
    Requests requests = new Requests(core.settings.remembered());
    return new TestCa(core, faults, requests, new Gateway(core, faults, requests), null, owned);
  }

  static Mono<TestCa> listening(Core core, @Nullable Scheduler owned, HttpBinding.Address address) {
    Faults faults = new Faults(core.chance, core.failures);
    Requests requests = new Requests(core.settings.remembered());
    Gateway gateway = new Gateway(core, faults, requests);
    return HttpBinding.bind(core, gateway, address)
        .map(http -> new TestCa(core, faults, requests, gateway, http, owned));
  }

  /** The URL of the directory; one that no network reaches when the CA is in memory alone. */
  public URI directory() {
    return http == null
        ? IN_MEMORY
        : URI.create("https://localhost:" + http.port() + Route.DIRECTORY);
  }

  /**
   * The way to the CA without sockets, also of one that listens. Signals on the CA's scheduler; an
   * answer takes the configured latency there and back. Cancelling does not take a request back.
   */
  public AcmeTransport transport() {
    return memory;
  }

  /** The root in PEM: of the default chain, and of the CA's own TLS certificate. */
  public String rootPem() {
    return core.issuer().rootsPem().get(0);
  }

  /** The roots in PEM, of the default chain and of each alternate. */
  public List<String> rootsPem() {
    return core.issuer().rootsPem();
  }

  /**
   * Writes the root as PEM. Blocks.
   *
   * @throws IOException when it can't be written
   */
  public Path writeRoot(Path file) throws IOException {
    return Files.writeString(file, rootPem());
  }

  /** What shall go wrong. */
  public Faults faults() {
    return faults;
  }

  /** The requests that came. */
  public Requests requests() {
    return requests;
  }

  /** What the primary database has. */
  public Truth truth() {
    return core.truth;
  }

  /**
   * Changes the terms of service. Accounts that agreed to others get {@code userActionRequired}
   * until an account update agrees (RFC 8555 §7.3.3).
   */
  public void changeTerms(URI terms) {
    core.terms(terms);
  }

  /** Restarts all front ends: their caches are empty, and no nonce of before is valid. */
  public void restartFrontEnds() {
    gateway.restartFrontEnds();
    core.forgetNonces();
  }

  /** Stops listening, closes connections, ends the threads; what is still to come does not. */
  public Mono<Void> disposeLater() {
    Mono<Void> unbound = http == null ? Mono.empty() : http.disposeLater();
    if (owned == null) {
      return unbound;
    }
    // a scheduler's end takes a lock, which no event loop may wait for
    Mono<Void> ended = Mono.fromRunnable(owned::dispose);
    return unbound.then(ended.subscribeOn(Schedulers.boundedElastic()));
  }

  /** As {@link #disposeLater}, and waits for it: up to ten seconds. Blocks. */
  @Override
  public void close() {
    disposeLater().block(Duration.ofSeconds(10));
  }
}
