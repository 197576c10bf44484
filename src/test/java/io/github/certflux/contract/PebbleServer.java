package io.github.certflux.contract;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.contract.Programs.Missing;
import io.github.certflux.internal.Chains;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Pebble with its defaults: it rejects 5 % of all nonces, uses authorizations again at random, and
 * validates for real. Every name is at 127.0.0.1; TXT records are what the dns-01 solver sets.
 */
final class PebbleServer implements AcmeServer {
  static final String BLOCKED = "blocked-domain.example";

  /** What it asks to wait for a certificate, in seconds or as a date. */
  static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final ServerProcess process;
  private final String version;
  private final URI directory;
  private final URI management;
  private final byte[] trust;
  private final X509Certificate root;
  private final List<ChallengeSolver> solvers;
  private final int httpPort;
  private final int tlsPort;

  private PebbleServer(
      Path pebble, Path dns, String name, boolean customers, @Nullable NamedServer bind)
      throws Exception {
    version = Programs.version(pebble, "github.com/letsencrypt/pebble/v2");
    Path work = Work.directory(name);
    X509Certificate tlsRoot = LocalTls.write(work);
    trust = LocalTls.pem(tlsRoot);
    Iterator<Integer> ports = Ports.free(6);
    httpPort = ports.next();
    tlsPort = ports.next();
    ChallTestDns txt = ChallTestDns.start(dns, work, ports.next(), ports.next());
    solvers =
        List.of(
            Http01Solver.builder().port(httpPort).address(InetAddress.getLoopbackAddress()).build(),
            txt);
    directory = URI.create("https://localhost:" + ports.next() + "/dir");
    management = URI.create("https://localhost:" + ports.next());
    Path config = work.resolve("config.json");
    Files.writeString(
        config,
        """
        {
          "pebble": {
            "listenAddress": "127.0.0.1:%d",
            "managementListenAddress": "127.0.0.1:%d",
            "certificate": "cert.pem",
            "privateKey": "key.pem",
            "httpPort": %d,
            "tlsPort": %d,
            "domainBlocklist": ["%s"],
            "retryAfter": {"authz": 1, "order": %d},
            "externalAccountBindingRequired": %s,
            "externalAccountMACKeys": {%s},
            "keyAlgorithm": "ecdsa",
            "profiles": {
              "default": {"description": "90 days", "validityPeriod": 7776000},
              "shortlived": {"description": "six days", "validityPeriod": 518400}
            }
          }
        }
        """
            .formatted(
                directory.getPort(),
                management.getPort(),
                httpPort,
                tlsPort,
                BLOCKED,
                RETRY_AFTER.toSeconds(),
                customers,
                macKeys()));
    process =
        ServerProcess.start(
            name,
            work,
            List.of(
                pebble.toString(),
                "-config",
                config.toString(),
                "-dnsserver",
                bind == null ? txt.address() : "127.0.0.1:" + bind.resolver().getPort()),
            // It sleeps before it validates, up to four seconds by default. One is enough. And it
            // reads its store under a lock that it has already: a write in between brings it to a
            // standstill, for which on one processor there is no time.
            Map.of(
                "PEBBLE_VA_SLEEPTIME",
                "2",
                "GOMAXPROCS",
                "1",
                "PEBBLE_ALTERNATE_ROOTS",
                "2",
                "PEBBLE_CHAIN_LENGTH",
                "2"),
            () -> LocalTls.get(directory, trust).length > 0);
    root = Chains.parse(LocalTls.get(management.resolve("/roots/0"), trust)).get(0);
  }

  static PebbleServer started() {
    return started("Pebble", "pebble", false, null);
  }

  /** One that needs an external account binding. */
  static PebbleServer forCustomers() {
    return started("Pebble for customers", "pebble-customers", true, null);
  }

  /** One that asks BIND for what is in the DNS. */
  static PebbleServer asking(NamedServer bind) {
    return started("Pebble with BIND", "pebble-bind", false, bind);
  }

  private static PebbleServer started(
      String title, String name, boolean customers, @Nullable NamedServer bind) {
    return Servers.started(title, PebbleServer.class, () -> start(name, customers, bind));
  }

  private static String macKeys() {
    return IntStream.range(0, 10)
        .mapToObj(i -> "\"kid-%d\": \"%s\"".formatted(i, ExternalAccountContract.macKey(i)))
        .collect(Collectors.joining(", "));
  }

  private static PebbleServer start(String name, boolean customers, @Nullable NamedServer bind)
      throws Missing {
    Path pebble = Programs.find("certflux.pebble", "pebble");
    Path dns = Programs.beside(pebble, "pebble-challtestsrv");
    try {
      return new PebbleServer(pebble, dns, name, customers, bind);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String title() {
    return "Pebble " + version;
  }

  /** The root of its chain of this number: 0 is the default one. */
  X509Certificate root(int chain) throws Exception {
    return Chains.parse(LocalTls.get(management.resolve("/roots/" + chain), trust)).get(0);
  }

  @Override
  public URI directory() {
    return directory;
  }

  @Override
  public byte[] trust() {
    return trust;
  }

  @Override
  public X509Certificate root() {
    return root;
  }

  @Override
  public List<ChallengeSolver> solvers() {
    return solvers;
  }

  @Override
  public int httpPort() {
    return httpPort;
  }

  @Override
  public int tlsPort() {
    return tlsPort;
  }

  /** Whether it says of a certificate that it is revoked. */
  boolean revoked(BigInteger serial) {
    try {
      URI url = management.resolve("/cert-status-by-serial/" + serial.toString(16));
      return new String(LocalTls.get(url, trust), StandardCharsets.UTF_8).contains("\"Revoked\"");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String output() {
    return process.output();
  }
}
