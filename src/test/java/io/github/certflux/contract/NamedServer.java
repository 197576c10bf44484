package io.github.certflux.contract;

import io.github.certflux.contract.Programs.Missing;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.Rfc2136Provider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * Two servers of BIND, and a resolver that asks the first one and keeps nothing. The second server
 * is told of no change: it looks every second or two. A name of {@link #ZONE} may be changed with
 * the key, those of {@link #FIXED} may not, and what {@link #DELEGATING} has to prove is proved in
 * {@link #ZONE}.
 */
public final class NamedServer {
  public static final String ZONE = "certflux-test.com";
  public static final String FIXED = "fixed-test.com";
  public static final String DELEGATING = "delegating-test.com";

  public static final String KEY = "certflux-key";
  public static final String SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0cy1vZi1jZXJ0Zmx1eC0=";

  private static @Nullable NamedServer started;

  private final int port;
  private final int secondaryPort;
  private final int resolverPort;
  private final ServerProcess primary;
  private final ServerProcess secondary;

  private NamedServer(Path named) throws IOException {
    Iterator<Integer> ports = Ports.free(3);
    port = ports.next();
    secondaryPort = ports.next();
    resolverPort = ports.next();
    String alone = "recursion no;";
    String asking =
        "recursion yes; forward only; forwarders port %d { 127.0.0.1; }; max-cache-ttl 0; max-ncache-ttl 0;"
            .formatted(port);
    primary = start(named, "named-primary", port, alone, zones(true));
    secondary = start(named, "named-secondary", secondaryPort, alone, zones(false));
    start(named, "named-resolver", resolverPort, asking, "");
  }

  /** The two servers, started when they are first asked for. */
  public static synchronized NamedServer started() {
    Assumptions.assumeFalse(
        "none".equals(System.getProperty("certflux.named")), "BIND can't be had here");
    if (started == null) {
      try {
        started = new NamedServer(Programs.find("certflux.named", "named"));
      } catch (Missing e) {
        String why = "no BIND here: " + e.getMessage();
        return "required".equals(System.getProperty("certflux.servers"))
            ? Assertions.fail(why)
            : Assumptions.abort(why);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return started;
  }

  private ServerProcess start(Path named, String name, int at, String recursion, String zones)
      throws IOException {
    // each of the test run's processes has servers of its own
    Path work = Work.directory(name + "-" + ProcessHandle.current().pid());
    for (Path old : list(work)) {
      Files.delete(old); // zones and their journals
    }
    Files.writeString(work.resolve("zone.db"), zone(ZONE, ""));
    Files.writeString(work.resolve("fixed.db"), zone(FIXED, FIXED_RECORDS));
    Files.writeString(work.resolve("delegating.db"), zone(DELEGATING, DELEGATING_RECORDS));
    Files.writeString(
        work.resolve("named.conf"),
        """
        options {
          directory "%s";
          pid-file none;
          session-keyfile "%s/session.key";
          listen-on port %d { 127.0.0.1; };
          listen-on-v6 { none; };
          %s
          dnssec-validation no;
          notify no;
          allow-transfer { 127.0.0.0/8; };
        };
        controls { };
        key "%s" { algorithm hmac-sha256; secret "%s"; };
        %s
        """
            .formatted(work, work, at, recursion, KEY, SECRET, zones));
    return ServerProcess.start(
        name,
        work,
        List.of(named.toString(), "-g", "-n", "1", "-c", work.resolve("named.conf").toString()),
        Map.of(),
        () -> !records(ZONE, Type.SOA, at).isEmpty());
  }

  private static List<Path> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static final String FIXED_RECORDS =
      """
      @ CAA 0 issue "ca.certflux-test.com; accounturi=https://ca/acct/1; validationmethods=dns-01"
      @ CAA 128 issuewild ";"
      below A 127.0.0.1
      lone CAA 0 iodef "mailto:ops@certflux-test.com"
      elsewhere NS ns.elsewhere
      ns.elsewhere A 127.0.0.3
      """;

  private static final String DELEGATING_RECORDS =
      """
      _acme-challenge.www CNAME first
      first CNAME www.proofs.certflux-test.com.
      circle CNAME back
      back CNAME circle
      """;

  private static String zone(String name, String records) {
    return """
        $TTL 60
        @ SOA ns1.%1$s. ops.%1$s. 1 1 1 3600 1
        @ NS ns1.%1$s.
        @ NS ns2.%1$s.
        """
            .formatted(ZONE)
        + (name.equals(ZONE) ? "ns1 A 127.0.0.1\nns2 A 127.0.0.1\n* A 127.0.0.1\n" : "")
        + records;
  }

  private String zones(boolean first) {
    StringBuilder all = new StringBuilder();
    Map.of(ZONE, "zone.db", FIXED, "fixed.db", DELEGATING, "delegating.db")
        .forEach(
            (zone, file) -> {
              String how =
                  first
                      ? "type primary; file \"" + file + "\"; " + updates(zone)
                      : "type secondary; masterfile-format text; min-refresh-time 1;"
                          + " max-refresh-time 2; primaries port "
                          + port
                          + " { 127.0.0.1; };";
              all.append("zone \"").append(zone).append("\" { ").append(how).append(" };\n");
            });
    return all.toString();
  }

  private static String updates(String zone) {
    return zone.equals(ZONE) ? "update-policy { grant " + KEY + " zonesub TXT; };" : "";
  }

  public int port() {
    return port;
  }

  /** The first server, which may be changed. */
  public InetSocketAddress primary() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  public InetSocketAddress secondary() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), secondaryPort);
  }

  /** Where a CA asks. */
  public InetSocketAddress resolver() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), resolverPort);
  }

  public Rfc2136Provider.Builder provider() {
    return Rfc2136Provider.builder("127.0.0.1", port).key(KEY, "hmac-sha256", SECRET);
  }

  public DnsLookup lookup() {
    return DnsLookup.builder()
        .resolvers(primary())
        .authoritativePort(server -> server.startsWith("ns2.") ? secondaryPort : port)
        .build();
  }

  /** The TXT records of a name at the first server, asked for by dnsjava itself. */
  public Set<String> txt(String name) {
    return records(name, Type.TXT, port);
  }

  private Set<String> records(String name, int type, int at) {
    try {
      SimpleResolver resolver = new SimpleResolver(InetAddress.getLoopbackAddress());
      resolver.setPort(at);
      Message answer =
          resolver.send(
              Message.newQuery(Record.newRecord(Name.fromString(name + "."), type, DClass.IN)));
      Set<String> found = new TreeSet<>();
      answer.getSection(Section.ANSWER).forEach(record -> found.add(text(record)));
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Record record) {
    return record instanceof TXTRecord txt
        ? txt.getStringsAsByteArrays().stream()
            .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
            .collect(Collectors.joining())
        : record.rdataToString();
  }

  public String output() {
    return primary.output() + "\n" + secondary.output();
  }
}
