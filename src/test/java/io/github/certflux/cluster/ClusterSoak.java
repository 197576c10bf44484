package io.github.certflux.cluster;

import io.github.certflux.contract.Ports;
import io.github.certflux.store.TestPostgres;
import io.github.certflux.store.TestRedis;
import io.github.certflux.testca.IssuedCertificate;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A cluster of processes on one store, with certificates that live for a minute, while one process
 * after the other is killed. Every name must be valid at every handshake with a node that serves,
 * no certificate is ordered twice for one renewal, and no token of a lease is used by two.
 *
 * <p>Arguments: the kind of store (files, redis, postgres), seconds, names, nodes, seconds between
 * kills.
 */
public final class ClusterSoak {

  private static final Duration LIFETIME = Duration.ofSeconds(60);
  private static final Duration ONE_RENEWAL = Duration.ofSeconds(10);

  private final List<Node> nodes = new ArrayList<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Map<String, Integer> tokens = new ConcurrentHashMap<>();
  private final Random random = new Random();

  private ClusterSoak() {}

  /** Runs it, and says what it saw; the status is 1 where something was wrong. */
  public static void main(String[] arguments) throws Exception {
    boolean isWell =
        new ClusterSoak()
            .run(
                arguments[0],
                Duration.ofSeconds(Long.parseLong(arguments[1])),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Duration.ofSeconds(Long.parseLong(arguments[4])));
    System.exit(isWell ? 0 : 1);
  }

  private boolean run(String kind, Duration time, int names, int count, Duration killing)
      throws Exception {
    Path folder = Files.createTempDirectory("certflux-cluster");
    String where =
        switch (kind) {
          case "redis" -> TestRedis.shared().uri().toURI().toString();
          case "postgres" -> TestPostgres.shared().url();
          default -> folder.resolve("store").toString();
        };
    try (TestCa ca =
        TestCa.builder().validation(Validation.always()).certificateLifetime(LIFETIME).startNow()) {
      Path root = ca.writeRoot(folder.resolve("root.pem"));
      Iterator<Integer> ports = Ports.free(count);
      for (int i = 0; i < count; i++) {
        List<String> command =
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ClusterNode.class.getName(),
                kind,
                where,
                ca.directory().toString(),
                root.toString());
        nodes.add(new Node(i, command, ports.next(), names));
      }
      for (Node node : nodes) {
        node.start();
      }
      while (nodes.stream().noneMatch(node -> node.ready)) {
        Thread.sleep(100);
      }
      int handshakes = traffic(names, Instant.now().plus(time), killing);
      nodes.forEach(Node::kill);
      return tell(kind, ca, names, handshakes);
    } finally {
      nodes.forEach(Node::kill);
    }
  }

  /** Shakes hands for every name, again and again, and kills a node now and then. */
  private int traffic(int names, Instant end, Duration killing) throws Exception {
    String[] all = ClusterNode.names(names);
    Instant nextKill = Instant.now().plus(killing);
    int handshakes = 0;
    while (Instant.now().isBefore(end)) {
      for (String name : all) {
        if (Instant.now().isAfter(nextKill)) {
          nextKill = Instant.now().plus(killing);
          Node victim = nodes.get(random.nextInt(nodes.size()));
          victim.kill();
          victim.start();
        }
        for (Node node : nodes) {
          if (node.ready) {
            int life = node.lives.get();
            try {
              check(name, node);
              handshakes++;
            } catch (IOException e) {
              if (node.lives.get() == life && node.ready) {
                failures.add(name + " at node " + node.number + ": " + e);
              }
            }
          }
        }
      }
    }
    return handshakes;
  }

  private static void check(String name, Node node) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), node.port);
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket(plain, name, node.port, true)) {
      socket.setSoTimeout(10_000);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      if (leaf.getSubjectAlternativeNames().stream().noneMatch(n -> n.get(1).equals(name))) {
        throw new IOException("a certificate for " + leaf.getSubjectAlternativeNames());
      }
      leaf.checkValidity();
    } catch (CertificateException e) {
      throw new IOException(e);
    }
  }

  private boolean tell(String kind, TestCa ca, int names, int handshakes) {
    Map<String, List<IssuedCertificate>> issued =
        ca.truth().certificates().stream()
            .collect(Collectors.groupingBy(c -> c.identifiers().get(0).value()));
    int twice = 0;
    for (List<IssuedCertificate> ofName : issued.values()) {
      ofName.sort(Comparator.comparing(IssuedCertificate::issued));
      for (int i = 1; i < ofName.size(); i++) {
        Duration since = Duration.between(ofName.get(i - 1).issued(), ofName.get(i).issued());
        if (since.compareTo(ONE_RENEWAL) < 0) {
          twice++;
          failures.add("ordered twice: " + ofName.get(i).identifiers() + " after " + since);
        }
      }
    }
    System.out.printf(
        "%s: %d names, %d certificates of %d orders, %d kills, %d handshakes, %d failed,"
            + " %d ordered twice, %d leases at the fence%n",
        kind,
        names,
        ca.truth().certificates().size(),
        ca.truth().orders().size(),
        nodes.stream().mapToInt(node -> node.lives.get() - 1).sum(),
        handshakes,
        failures.size() - twice,
        twice,
        tokens.size());
    failures.stream().limit(20).forEach(System.out::println);
    return failures.isEmpty() && issued.size() == names && !tokens.isEmpty();
  }

  /** One process, and the next in its place. */
  private final class Node {
    private final int number;
    private final List<String> command;
    private final int port;
    private final AtomicInteger lives = new AtomicInteger();
    private volatile boolean ready;
    private Process process;

    Node(int number, List<String> command, int port, int names) {
      this.number = number;
      this.command = new ArrayList<>(command);
      this.command.addAll(List.of("" + port, "" + names));
      this.port = port;
    }

    void start() throws IOException {
      int own = lives.incrementAndGet();
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
      Thread reader = new Thread(() -> lines.lines().forEach(line -> heard(own, line)));
      reader.setDaemon(true);
      reader.start();
    }

    private void heard(int own, String line) {
      if (line.equals("ready") && own == lives.get()) {
        ready = true;
      } else if (line.startsWith("fenced ")) {
        Integer other = tokens.putIfAbsent(line, number * 1000 + own);
        if (other != null && other != number * 1000 + own) {
          failures.add("held by two: " + line);
        }
      } else if (Boolean.getBoolean("certflux.verbose")) {
        System.out.println("node " + number + ": " + line);
      }
    }

    void kill() {
      ready = false;
      process.destroyForcibly().onExit().join();
    }
  }
}
