package io.github.certflux.examples;

import io.github.certflux.testca.Validation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Several processes that keep certificates valid on one store, while one is killed now and then */
@Command(
    name = "cluster",
    sortOptions = false,
    description = {
      "Starts nodes, each a process, on one store: files, or a server of Redis or PostgreSQL that"
          + " comes in a jar. They keep certificates of the embedded test CA valid together: the CA"
          + " asks any of them for the proof of http-01, and they are visited all the time. One"
          + " after the other is killed (kill -9) and started again.",
      "",
      "It shows who does what, and ends with figures. The exit status is 0 only if every name was"
          + " valid at every visit, no certificate was ordered twice for one renewal, and no lease"
          + " was used by two.",
      ""
    })
final class Cluster implements Callable<Integer> {

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many processes (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--store",
      paramLabel = "files|redis|postgres",
      defaultValue = "files",
      description = "what they share (default: ${DEFAULT-VALUE})")
  private String kind = "";

  @Option(
      names = "--names",
      paramLabel = "N",
      defaultValue = "20",
      description = "how many names, with a certificate each (default: ${DEFAULT-VALUE})")
  private int names;

  @Option(
      names = "--time",
      paramLabel = "TIME",
      defaultValue = "2m",
      converter = DurationConverter.class,
      description = "how long, from when all nodes serve (default: ${DEFAULT-VALUE})")
  private Duration time = Duration.ZERO;

  @Option(
      names = "--lifetime",
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = DurationConverter.class,
      description = "of a certificate (default: ${DEFAULT-VALUE})")
  private Duration lifetime = Duration.ZERO;

  @Option(
      names = "--lease-term",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "how long what a node works on stays its own when it is gone (default: a fifteenth of the"
              + " lifetime, 3s to 30s)")
  private @Nullable Duration leaseTerm;

  @Option(
      names = "--kill-every",
      paramLabel = "TIME",
      defaultValue = "20s",
      converter = DurationConverter.class,
      description = "kill a node so often (default: ${DEFAULT-VALUE}; 0s: never)")
  private Duration kills = Duration.ZERO;

  @Option(
      names = "--hang-every",
      paramLabel = "TIME",
      defaultValue = "0s",
      converter = DurationConverter.class,
      description = "let a node hang so often (default: never)")
  private Duration hangs = Duration.ZERO;

  @Option(
      names = "--hang",
      paramLabel = "TIME",
      defaultValue = "35s",
      converter = DurationConverter.class,
      description = "for so long (default: ${DEFAULT-VALUE})")
  private Duration hang = Duration.ZERO;

  @Option(
      names = "--pause-store",
      paramLabel = "TIME",
      defaultValue = "0s",
      converter = DurationConverter.class,
      description =
          "let the server of the store hang for so long after a third of the time, and kill it and"
              + " start it again after two thirds (default: neither)")
  private Duration pause = Duration.ZERO;

  @Option(names = "--json", description = "make the last line of the output one JSON object")
  private boolean json;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  @Spec private @Nullable CommandSpec command;

  private final List<NodeProcess> nodes = new CopyOnWriteArrayList<>();
  private final ClusterTruth truth = new ClusterTruth();
  private final ClusterTable table = new ClusterTable();
  private final AtomicBoolean interrupted = new AtomicBoolean();

  public static void main(String... args) {
    Program.run(new Cluster(), args);
  }

  @Override
  public Integer call() throws Exception {
    require(count >= 1 && count <= 20, "--nodes must be 1 to 20");
    require(names >= 1 && names <= 10_000, "--names must be 1 to 10000");
    require(
        List.of("files", "redis", "postgres").contains(kind),
        "--store must be files, redis or postgres, not " + kind);
    require(lifetime.compareTo(Duration.ofSeconds(10)) >= 0, "--lifetime must be at least 10s");
    Program.interrupted().subscribe(done -> {}, e -> {}, () -> interrupted.set(true));
    Path folder = Files.createTempDirectory("certflux-");
    io.github.certflux.testca.TestCa ca =
        io.github.certflux.testca.TestCa.builder()
            .certificateLifetime(lifetime)
            .validation(Validation.http01(name -> anyNode().http()))
            .startNow();
    ClusterStore store = null;
    try {
      store = ClusterStore.start(kind, folder.resolve("store"));
      run(ca, store, ca.writeRoot(folder.resolve("root.pem")));
    } finally {
      nodes.forEach(NodeProcess::end);
      if (store != null) {
        store.close();
      }
      ca.disposeLater().block();
      Session.deleted(folder);
    }
    return interrupted.get() || truth.isWell() ? Program.DONE : Program.FAILED;
  }

  private void run(io.github.certflux.testca.TestCa ca, ClusterStore store, Path root)
      throws Exception {
    String[] all =
        IntStream.range(0, names).mapToObj(i -> "n" + i + ".example.org").toArray(String[]::new);
    List<String> starting = new ArrayList<>();
    starting.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    starting.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
    starting.addAll(List.of("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir")));
    starting.addAll(List.of("-cp", System.getProperty("java.class.path")));
    starting.addAll(List.of(ClusterNode.class.getName(), "--store", store.url()));
    starting.addAll(List.of("--ca", ca.directory().toString(), "--trust", root.toString()));
    starting.addAll(List.of("--names", String.join(",", all)));
    starting.addAll(List.of("--lease-term", termOfLeases().toSeconds() + "s"));
    for (int i = 1; i <= count; i++) {
      nodes.add(new NodeProcess(i, starting, this::heard));
    }
    while (!nodes.stream().allMatch(NodeProcess::serves) && !interrupted.get()) {
      pause(ca);
    }
    ClusterTrouble trouble =
        new ClusterTrouble(nodes, store, table::tell, time)
            .kills(kills)
            .hangs(hangs, hang)
            .pause(pause);
    Thread visitor = visitor(all, new ClusterVisitor(ca.rootPem(), truth));
    Instant end = Instant.now().plus(time);
    while (Instant.now().isBefore(end) && !interrupted.get()) {
      trouble.makeIfItIsTime();
      pause(ca);
    }
    trouble.end();
    visitor.interrupt();
    visitor.join();
    nodes.forEach(NodeProcess::end);
    table.end();
    truth.issued(ca.truth().certificates(), lifetime);
    summary(ca, trouble);
  }

  /** Short enough for another node to renew what a dead one has begun to renew. */
  private Duration termOfLeases() {
    if (leaseTerm != null) {
      return leaseTerm;
    }
    long fifteenth = lifetime.toSeconds() / 15;
    return Duration.ofSeconds(Math.max(3, Math.min(30, fifteenth)));
  }

  /** The visitor has a thread of its own, so that no trouble keeps it waiting. */
  private Thread visitor(String[] all, ClusterVisitor client) {
    Thread thread =
        new Thread(
            () -> {
              List<String> order = new ArrayList<>(Arrays.asList(all));
              while (!Thread.currentThread().isInterrupted()) {
                Collections.shuffle(order);
                for (String name : order) {
                  nodes.forEach(node -> client.visit(name, node));
                  if (Thread.currentThread().isInterrupted()) {
                    return;
                  }
                }
              }
            },
            "visitor");
    thread.start();
    return thread;
  }

  private void heard(NodeProcess node, String line) {
    truth.heard(node, line);
    if (!line.startsWith("WROTE ")) {
      table.tell("node " + node.number, line);
    }
  }

  /** Whom the CA asks: one that answers, as behind a balancer. */
  private NodeProcess anyNode() {
    List<NodeProcess> listening =
        new ArrayList<>(nodes.stream().filter(NodeProcess::listens).toList());
    List<NodeProcess> of = listening.isEmpty() ? nodes : listening;
    return of.get(ThreadLocalRandom.current().nextInt(of.size()));
  }

  private void pause(io.github.certflux.testca.TestCa ca) throws InterruptedException {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("certificates", ca.truth().certificates().size());
    figures.putAll(truth.figures());
    table.draw(nodes, figures);
    Thread.sleep(200);
  }

  private void summary(io.github.certflux.testca.TestCa ca, ClusterTrouble trouble) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("store", kind);
    figures.put("names", names);
    figures.put("orders", ca.truth().orders().size());
    figures.put("certificates", ca.truth().certificates().size());
    figures.putAll(trouble.figures());
    figures.putAll(truth.figures());
    truth.wrong().stream().limit(20).forEach(line -> System.out.println("wrong: " + line));
    Program.print(figures, json);
  }

  private void require(boolean condition, String message) {
    Program.require(command, condition, message);
  }
}
