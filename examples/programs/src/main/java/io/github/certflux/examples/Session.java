package io.github.certflux.examples;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.FileStore;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/**
 * A server to talk to, the embedded test CA or a real one, and a directory for the store.
 *
 * @param directory the server's directory
 * @param trust the roots of its TLS certificate; empty for those of the JDK
 * @param store where accounts and keys are kept
 * @param temporary whether the store is deleted in the end
 * @param embedded the embedded test CA, if that is the server
 */
record Session(
    URI directory,
    Optional<byte[]> trust,
    Path store,
    boolean temporary,
    Optional<TestCa> embedded) {

  /** How long a directory that is down may take to fail. */
  private static final Duration SOON = Duration.ofSeconds(15);

  /** Works with the server that the options name, or with the embedded test CA. */
  static <T> Mono<T> with(ServerOptions options, Function<Session, Mono<T>> work) {
    return with(options, ca -> ca, work);
  }

  /** As above, with a test CA that is set up. */
  static <T> Mono<T> with(
      ServerOptions options, UnaryOperator<TestCaBuilder> setUp, Function<Session, Mono<T>> work) {
    return Mono.usingWhen(
        start(options, setUp),
        session -> session.reached().then(Mono.defer(() -> work.apply(session))),
        Session::close);
  }

  /** What one operation gives. */
  static <T> T result(ServerOptions options, Function<AcmeClient, Mono<T>> work) {
    return Objects.requireNonNull(
        with(options, session -> session.client(acme -> acme, work)).block(),
        "an operation that is empty");
  }

  /** The account in {@code --store}. */
  static Mono<AcmeAccount> stored(AcmeClient acme) {
    return acme.findAccount()
        .switchIfEmpty(Mono.error(() -> new Program.Failure("--store has no account", null)));
  }

  private static Mono<Session> start(ServerOptions options, UnaryOperator<TestCaBuilder> setUp) {
    Optional<Path> trust = options.trust();
    return options
        .directory()
        .map(url -> Program.blocking(() -> real(url, trust, options)))
        .orElseGet(
            () ->
                setUp
                    .apply(TestCa.builder())
                    .start()
                    .flatMap(ca -> Program.blocking(() -> embedded(ca, options))));
  }

  private static Session real(URI url, Optional<Path> trust, ServerOptions options)
      throws IOException {
    Optional<byte[]> roots = trust.isPresent() ? Optional.of(roots(trust.get())) : Optional.empty();
    return new Session(url, roots, store(options), options.store().isEmpty(), Optional.empty());
  }

  private static Session embedded(TestCa ca, ServerOptions options) throws IOException {
    return new Session(
        ca.directory(),
        Optional.of(ca.rootPem().getBytes(StandardCharsets.US_ASCII)),
        store(options),
        options.store().isEmpty(),
        Optional.of(ca));
  }

  private static Path store(ServerOptions options) throws IOException {
    return options.store().isPresent()
        ? options.store().get()
        : Files.createTempDirectory("certflux-");
  }

  private static byte[] roots(Path file) throws IOException {
    try {
      byte[] pem = Files.readAllBytes(file);
      AcmeClient.builder(URI.create("https://localhost/")).trust(pem);
      return pem;
    } catch (NoSuchFileException e) {
      throw new Program.Failure("--trust " + file + ": there is no such file", e);
    } catch (IOException e) {
      throw new Program.Failure("--trust " + file + " can't be read: " + Program.reason(e), e);
    } catch (IllegalArgumentException e) {
      throw new Program.Failure("--trust " + file + ": " + e.getMessage(), e);
    }
  }

  /** The directory, read once to see that it is there: the library itself would try for longer. */
  private Mono<Directory> reached() {
    return using(
        client().limits(RetryLimits.defaults().withOperationTime(SOON)), AcmeClient::directory);
  }

  /** The embedded test CA's root, where that is the server. */
  Optional<String> embeddedRoot() {
    return embedded.map(TestCa::rootPem);
  }

  /** Works with a client, and closes it and its store. */
  <T> Mono<T> client(UnaryOperator<AcmeClientBuilder> setUp, Function<AcmeClient, Mono<T>> work) {
    return Mono.usingWhen(
        Mono.fromSupplier(() -> FileStore.at(store)),
        files -> using(setUp.apply(client()).store(files), work),
        FileStore::disposeLater);
  }

  /** As above, for work that needs the store as well. */
  <T> Mono<T> clientAndStore(
      UnaryOperator<AcmeClientBuilder> setUp, BiFunction<AcmeClient, AcmeStore, Mono<T>> work) {
    return Mono.usingWhen(
        Mono.fromSupplier(() -> FileStore.at(store)),
        files -> using(setUp.apply(client()).store(files), acme -> work.apply(acme, files)),
        FileStore::disposeLater);
  }

  /** As above, with nothing kept. */
  <T> Mono<T> clientInMemory(
      UnaryOperator<AcmeClientBuilder> setUp, Function<AcmeClient, Mono<T>> work) {
    return using(setUp.apply(client()).store(MemoryStore.create()), work);
  }

  private AcmeClientBuilder client() {
    AcmeClientBuilder client = AcmeClient.builder(directory);
    return trust.map(client::trust).orElse(client);
  }

  private static <T> Mono<T> using(AcmeClientBuilder client, Function<AcmeClient, Mono<T>> work) {
    return Mono.usingWhen(
        Program.blocking(client::build),
        acme -> Program.untilInterrupted(work.apply(acme)),
        AcmeClient::disposeLater);
  }

  private Mono<Void> close() {
    return Mono.justOrEmpty(embedded)
        .flatMap(TestCa::disposeLater)
        .then(temporary ? Program.blocking(() -> deleted(store)).then() : Mono.empty());
  }

  static Path deleted(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
    return folder;
  }
}
