package io.github.certflux.manager;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What certbot keeps below {@code /etc/letsencrypt}: accounts and current certificates. It is only
 * read. Every publisher is cold, reads on Reactor's bounded elastic threads, and signals a {@link
 * MigrationException} for what can't be taken over. Whoever wrote the folder is not trusted: files
 * are bounded, and nothing but regular files is opened.
 */
public final class CertbotFolder {
  private static final int MOST_BYTES = 256 * 1024;
  private static final int DEPTH = 8;
  private static final int MOST_FILES = 100_000;
  private static final int MOST_LINKS = 100;
  private static final String ACCOUNT_KEY = "private_key.json";

  private final Path folder;

  CertbotFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * An account.
   *
   * @param directory of the CA
   * @param url the account's
   * @param key its key
   */
  public record Account(URI directory, URI url, KeyPair key) {

    /** Without the key. */
    @Override
    public String toString() {
      return "Account[" + url + "]";
    }
  }

  /**
   * A certificate.
   *
   * @param name certbot's for it
   * @param chain the certificate and its issuers
   * @param key its key
   * @param ca the CA's directory; empty where certbot does not say
   */
  public record Certificate(
      String name, List<X509Certificate> chain, KeyPair key, Optional<URI> ca) {

    /** Without the key. */
    @Override
    public String toString() {
      return "Certificate[" + name + "]";
    }
  }

  /**
   * What became of a certificate.
   *
   * @param name certbot's for it
   * @param stored whether it was stored; else there was one that is valid for as long
   * @param error why it could not be taken over
   */
  public record Imported(String name, boolean stored, Optional<Throwable> error) {}

  /**
   * The accounts ({@code accounts/SERVER/ID}).
   *
   * @return each; an error for one that can't be read
   */
  public Flux<Account> accounts() {
    Path all = folder.resolve("accounts");
    return accountKeys(all).concatMap(path -> read(() -> account(all, path)));
  }

  /** Those at one CA, whatever lies beside them. */
  Flux<Account> accounts(URI directory) {
    Path all = folder.resolve("accounts");
    return accountKeys(all)
        .filter(path -> server(all, path).equals(Optional.of(directory)))
        .concatMap(path -> read(() -> account(all, path)));
  }

  /**
   * The current certificates ({@code live/NAME}), with the CA from {@code renewal/NAME.conf}.
   *
   * @return each; an error for one that can't be read
   */
  public Flux<Certificate> certificates() {
    return names().concatMap(this::certificate);
  }

  /**
   * Takes over the account that certbot has at a client's CA, once the CA has confirmed it; the
   * first, if there are several.
   *
   * @param client of the CA
   * @param name under which it is stored
   * @return the account; empty where certbot has none there. The errors of {@link
   *     AcmeClient#importAccount(String, URI, KeyPair)}
   */
  public Mono<AcmeAccount> importAccount(AcmeClient client, String name) {
    return accounts(client.directoryUrl())
        .next()
        .flatMap(account -> client.importAccount(name, account.url(), account.key()));
  }

  /**
   * Takes over all certificates, each by itself.
   *
   * @param manager stores them
   * @return what became of each; an error only if the folder itself can't be read
   */
  public Flux<Imported> importCertificates(CertificateManager manager) {
    return names()
        .concatMap(
            name ->
                certificate(name)
                    .flatMap(c -> manager.importCertificate(c.chain(), c.key(), c.ca()))
                    .map(stored -> new Imported(name, stored, Optional.empty()))
                    .onErrorResume(
                        error -> Mono.just(new Imported(name, false, Optional.of(error)))));
  }

  private Flux<String> names() {
    return found(folder.resolve("live"), 2, path -> path.endsWith("privkey.pem"))
        .map(path -> path.getName(path.getNameCount() - 2).toString());
  }

  private Mono<Certificate> certificate(String name) {
    return read(
        () -> {
          Path live = folder.resolve("live").resolve(name);
          Path chain = live.resolve("fullchain.pem");
          Path key = live.resolve("privkey.pem");
          return new Certificate(
              name,
              Migration.chain(text(chain), chain),
              Migration.keyPair(text(key), key),
              server(folder.resolve("renewal").resolve(name + ".conf")));
        });
  }

  private static Account account(Path all, Path key) throws IOException {
    URI server =
        server(all, key)
            .orElseThrow(() -> new MigrationException(key, "not below the name of a server", null));
    Path registration = key.resolveSibling("regr.json");
    try {
      Fields json = Json.read(bytes(registration), "registration");
      URI url = json.link("uri").orElseThrow(() -> new NotAcme("the account's URL in uri", "none"));
      return new Account(server, url, jwk(key));
    } catch (NotAcme e) {
      throw new MigrationException(
          registration, "expected " + e.expected() + ", found something else", null);
    }
  }

  /** The CA's directory, of a path {@code SERVER/ID/private_key.json}. */
  private static Optional<URI> server(Path all, Path key) {
    Path below = all.relativize(key);
    if (below.getNameCount() < 3) {
      return Optional.empty();
    }
    String server = below.subpath(0, below.getNameCount() - 2).toString().replace('\\', '/');
    return url("https://" + server);
  }

  private static Optional<URI> url(String text) {
    try {
      return Optional.of(URI.create(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static KeyPair jwk(Path file) throws IOException {
    String text = text(file);
    try {
      JWK jwk = JWK.parse(text);
      if (jwk instanceof RSAKey rsa && jwk.isPrivate()) {
        return rsa.toKeyPair();
      }
      if (jwk instanceof ECKey ec && jwk.isPrivate()) {
        return ec.toKeyPair();
      }
    } catch (ParseException | JOSEException | RuntimeException e) {
      // The parser's message may quote what it read.
    }
    throw new MigrationException(file, "no private key as a JWK", null);
  }

  /** The line {@code server = URL} of the file for renewals; anything may be missing. */
  private static Optional<URI> server(Path conf) throws IOException {
    if (!Files.isRegularFile(conf)) {
      return Optional.empty();
    }
    return text(conf)
        .lines()
        .map(String::strip)
        .filter(line -> line.matches("server\\s*=\\s*https?://\\S+"))
        .map(line -> line.substring(line.indexOf('=') + 1).strip())
        .findFirst()
        .flatMap(CertbotFolder::url);
  }

  // ---- files

  private interface Wanted {
    boolean test(Path path);
  }

  private Flux<Path> found(Path in, int depth, Wanted wanted) {
    return read(() -> {
          if (!Files.isDirectory(in)) {
            throw new MigrationException(in, "no such folder", null);
          }
          try (Stream<Path> all = Files.walk(in, depth)) {
            List<Path> found = all.limit(MOST_FILES + 1L).filter(wanted::test).sorted().toList();
            return found;
          }
        })
        .flatMapIterable(paths -> paths);
  }

  /** Where Let's Encrypt's server was renamed, certbot has linked its folder to the old one. */
  private Flux<Path> accountKeys(Path all) {
    return found(all, DEPTH, path -> path.endsWith(ACCOUNT_KEY))
        .concatWith(
            found(all, DEPTH, path -> Files.isSymbolicLink(path) && Files.isDirectory(path))
                .take(MOST_LINKS)
                .concatMap(link -> linked(all, link)));
  }

  /** Nothing outside the accounts is looked at. */
  private Flux<Path> linked(Path all, Path link) {
    return read(() -> {
          Path real = link.toRealPath();
          if (!real.startsWith(all.toRealPath())) {
            return List.<Path>of();
          }
          try (Stream<Path> below = Files.walk(real, 2)) {
            return below
                .limit(MOST_FILES)
                .filter(path -> path.endsWith(ACCOUNT_KEY))
                .map(path -> link.resolve(real.relativize(path)))
                .sorted()
                .toList();
          }
        })
        .flatMapIterable(paths -> paths);
  }

  private <T> Mono<T> read(Callable<T> reading) {
    return Mono.fromCallable(reading)
        .subscribeOn(Schedulers.boundedElastic())
        .onErrorMap(IOException.class, e -> failed(folder, e))
        .onErrorMap(UncheckedIOException.class, e -> failed(folder, e));
  }

  private static MigrationException failed(@Nullable Path path, Exception error) {
    return new MigrationException(path, "can't be read: " + error, error);
  }

  private static String text(Path file) throws IOException {
    return new String(bytes(file), StandardCharsets.UTF_8);
  }

  /** Links are followed, since certbot's certificates are links. */
  private static byte[] bytes(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new MigrationException(file, "no such file", null);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MOST_BYTES + 1);
      if (content.length > MOST_BYTES) {
        throw new MigrationException(file, "more than 256 KiB", null);
      }
      return content;
    }
  }
}
