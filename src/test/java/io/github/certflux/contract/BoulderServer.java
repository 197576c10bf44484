package io.github.certflux.contract;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Unneeded;
import io.github.certflux.contract.Programs.Missing;
import io.github.certflux.internal.Chains;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Boulder's own web front ends, behind one address; every validation succeeds. */
public final class BoulderServer implements AcmeServer {
  /** How long a front end goes on using an account that it has read. */
  static final Duration CACHE = Duration.ofSeconds(5);

  /** The same of {@link #brief}. */
  public static final Duration BRIEF_CACHE = Duration.ofSeconds(1);

  /** How late the latest of its replicas is. */
  static final Duration LONGEST_LAG = Duration.ofSeconds(2);

  /** What it asks to wait for a certificate. */
  static final Duration RETRY_AFTER = Duration.ofSeconds(3);

  private final ServerProcess process;
  private final String title;
  private final URI directory;
  private final byte[] trust;

  private BoulderServer(
      Path program, String title, Duration cache, int fronts, String lags, String orderLimit)
      throws IOException {
    this.title = title + Programs.version(program, "github.com/letsencrypt/boulder");
    String name =
        "boulder-"
            + fronts
            + (cache.equals(CACHE) ? "" : "-brief")
            + (lags.equals("0s") ? "" : "-lagging")
            + (orderLimit.isEmpty() ? "" : "-limited");
    Path work = Work.directory(name);
    Path root = work.resolve("root.pem");
    Files.deleteIfExists(root);
    int port = Ports.free(1).next();
    directory = URI.create("https://localhost:" + port + "/directory");
    process =
        ServerProcess.start(
            name,
            work,
            List.of(
                program.toString(),
                "-addr=127.0.0.1:" + port,
                "-ca=" + root,
                "-fronts=" + fronts,
                "-ttl=" + cache.toSeconds() + "s",
                "-lags=" + lags,
                "-limits=" + limits(work, orderLimit)),
            Map.of(),
            () -> LocalTls.get(directory, Files.readAllBytes(root)).length > 0);
    trust = Files.readAllBytes(root);
  }

  /**
   * The limits of all servers, which nothing meets, but for the one of new orders if it is given.
   */
  private static Path limits(Path work, String orderLimit) throws IOException {
    Path unlimited = Work.BASE.resolve("src/test/boulderfront/limits.yml");
    return orderLimit.isEmpty()
        ? unlimited
        : Files.writeString(
            work.resolve("limits.yml"),
            Files.readString(unlimited)
                .replaceFirst("NewOrdersPerAccount: .*", "NewOrdersPerAccount: " + orderLimit));
  }

  /** One front end. */
  static BoulderServer one() {
    return started("Boulder ×1", CACHE, 1, "0s", "");
  }

  /** Three front ends, each with a cache of its own. */
  static BoulderServer three() {
    return started("Boulder ×3", CACHE, 3, "0s", "");
  }

  /** Three front ends over read replicas, of which two are late. */
  static BoulderServer lagging() {
    return started("Boulder ×3 with lagging replicas", CACHE, 3, "0s,2s,500ms", "");
  }

  /** One front end that takes two orders of an account at once, and another every three seconds. */
  static BoulderServer limited() {
    return started("Boulder with limits", CACHE, 1, "0s", "{count: 2, burst: 2, period: 6s}");
  }

  /** Three front ends that forget an account soon, for those who wait for it again and again. */
  public static BoulderServer brief() {
    return started("Boulder ×3 with a brief cache", BRIEF_CACHE, 3, "0s", "");
  }

  private static BoulderServer started(
      String name, Duration cache, int fronts, String lags, String orderLimit) {
    return Servers.started(
        name, BoulderServer.class, () -> start(name + " ", cache, fronts, lags, orderLimit));
  }

  private static BoulderServer start(
      String title, Duration cache, int fronts, String lags, String orderLimit) throws Missing {
    Path program = Programs.find("certflux.boulder", "boulderfront");
    try {
      return new BoulderServer(program, title, cache, fronts, lags, orderLimit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public URI directory() {
    return directory;
  }

  @Override
  public byte[] trust() {
    return trust;
  }

  /** The same as that of its TLS certificate. */
  @Override
  public X509Certificate root() {
    return Chains.parse(trust).get(0);
  }

  /** Nobody looks. A wildcard gets no http-01 to choose. */
  @Override
  public List<ChallengeSolver> solvers() {
    return List.of(new Unneeded("http-01"), new Unneeded("dns-01"));
  }

  @Override
  public String output() {
    return process.output();
  }
}
