package io.github.certflux.examples;

import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.Rfc2136Provider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who writes DNS records, and whom to ask for them. */
final class DnsOptions {
  private static final int DNS = 53;

  @Option(
      names = "--dns",
      paramLabel = "URI",
      description = {
        "who writes the records of dns-01:",
        "  rfc2136://HOST[:PORT][/ZONE]?key=NAME&secret-file=FILE",
        "      UPDATE with a TSIG key, its secret in Base64 in a file, or by secret-env=VARIABLE;"
            + " algorithm=hmac-sha512 for another than hmac-sha256; tcp for TCP alone",
      })
  private @Nullable URI uri;

  @Option(
      names = "--resolver",
      paramLabel = "HOST[:PORT]",
      description = "whom to ask in the DNS (default: the resolvers of this machine)")
  private @Nullable String resolver;

  @Option(
      names = "--dns-port",
      paramLabel = "P",
      defaultValue = "53",
      description = "where the servers of a zone are asked, for tests (default: ${DEFAULT-VALUE})")
  private int port = DNS;

  Dns01Solver solver(ServerOptions server) {
    URI given = uri;
    server.require(given != null, "--challenge dns-01 needs --dns");
    return server.checked(
        "--dns", () -> Dns01Solver.builder(provider(given)).lookup(lookup()).build());
  }

  /** Whom the embedded test CA asks. */
  Optional<InetSocketAddress> resolver() {
    return Optional.ofNullable(resolver).map(DnsOptions::address);
  }

  private DnsLookup lookup() {
    DnsLookup.Builder builder = DnsLookup.builder().authoritativePort(port);
    resolver().ifPresent(builder::resolvers);
    return builder.build();
  }

  private static InetSocketAddress address(String text) {
    URI address = URI.create("dns://" + text);
    if (address.getHost() == null) {
      throw new IllegalArgumentException("not a HOST[:PORT]: " + text);
    }
    return new InetSocketAddress(
        address.getHost(), address.getPort() < 0 ? DNS : address.getPort());
  }

  private static DnsProvider provider(URI uri) {
    if (!"rfc2136".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new IllegalArgumentException("not rfc2136://HOST…: " + uri.getScheme());
    }
    Map<String, String> query = query(uri);
    Rfc2136Provider.Builder builder =
        Rfc2136Provider.builder(uri.getHost(), uri.getPort() < 0 ? DNS : uri.getPort());
    String zone = uri.getPath() == null ? "" : uri.getPath().replace("/", "");
    if (!zone.isEmpty()) {
      builder.zone(zone);
    }
    if (query.containsKey("tcp")) {
      builder.tcp();
    }
    String key = query.get("key");
    if (key != null) {
      builder.key(key, query.getOrDefault("algorithm", "hmac-sha256"), secret(query));
    }
    return builder.build();
  }

  /** Other users of the machine see a command line: the secret is never in it. */
  private static String secret(Map<String, String> query) {
    String variable = query.get("secret-env");
    String file = query.get("secret-file");
    if (variable != null) {
      String secret = System.getenv(variable);
      if (secret == null) {
        throw new IllegalArgumentException("there is no variable " + variable);
      }
      return secret;
    }
    if (file == null) {
      throw new IllegalArgumentException("a key needs secret-file=FILE or secret-env=VARIABLE");
    }
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new IllegalArgumentException("can't read " + file + ": " + e, e);
    }
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new LinkedHashMap<>();
    if (uri.getRawQuery() != null) {
      for (String pair : uri.getRawQuery().split("&")) {
        String[] parts = pair.split("=", 2);
        query.put(
            parts[0], parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
      }
    }
    return query;
  }
}
