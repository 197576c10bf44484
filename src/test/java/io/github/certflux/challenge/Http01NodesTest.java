package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.store.FileStore;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.netty.DisposableServer;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Two processes behind one balancer: the CA asks any of them, whichever has set the proof up. */
class Http01NodesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final List<String> NODES = List.of("a", "b");
  private static final int NAMES = 50;

  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicIntegerArray asked = new AtomicIntegerArray(NODES.size());
  private final List<Node> nodes = new ArrayList<>();
  @TempDir private Path folder;

  /** A process, which is told to go on by a line, and says lines. */
  private static final class Node {
    private final Process process;
    private final BufferedReader said;
    private int port;

    Node(Process process) {
      this.process = process;
      this.said = process.inputReader(StandardCharsets.US_ASCII);
    }

    /** What it says of this; its log, too, is among the lines. */
    String said(String of) throws IOException {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        if (line.startsWith(of)) {
          return line.substring(of.length());
        }
      }
      throw new AssertionError("it ended without a word of: " + of);
    }

    void tell() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }

    void end() throws Exception {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private Node node(TestCa ca, String label) throws IOException {
    return new Node(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Http01NodeProgram.class.getName(),
                ca.directory().toString(),
                ca.writeRoot(folder.resolve("root.pem")).toString(),
                folder.resolve("store").toString(),
                label,
                Integer.toString(NAMES))
            .redirectError(folder.resolve(label + ".log").toFile())
            .start());
  }

  private Publisher<Void> balance(NettyInbound in, NettyOutbound out) {
    int node = connections.getAndIncrement() % NODES.size();
    asked.incrementAndGet(node);
    return TcpClient.newConnection()
        .remoteAddress(() -> new InetSocketAddress(LOOPBACK, nodes.get(node).port))
        .connect()
        .flatMap(
            there -> {
              there.outbound().send(in.receive().retain()).then().subscribe();
              return out.send(there.inbound().receive().retain())
                  .then()
                  .doFinally(end -> there.dispose());
            });
  }

  @Test
  @Timeout(120)
  void aHundredProofsOfTwoProcessesAreFoundWhicheverIsAsked() throws Exception {
    DisposableServer balancer =
        TcpServer.create()
            .bindAddress(() -> new InetSocketAddress(LOOPBACK, 0))
            .handle(this::balance)
            .bindNow(PATIENCE);
    try (TestCa ca =
        TestCa.builder()
            .validation(Validation.http01(name -> new InetSocketAddress(LOOPBACK, balancer.port())))
            .startNow()) {
      for (String label : NODES) {
        nodes.add(node(ca, label));
      }
      for (Node node : nodes) {
        node.port = Integer.parseInt(node.said(Http01NodeProgram.PORT));
      }

      for (Node node : nodes) {
        node.tell();
      }

      for (Node node : nodes) {
        node.said(Http01NodeProgram.ISSUED);
      }
      assertThat(asked.get(0)).isEqualTo(NAMES);
      assertThat(asked.get(1)).isEqualTo(NAMES);
    } finally {
      for (Node node : nodes) {
        node.end();
      }
      balancer.disposeNow(PATIENCE);
    }
    FileStore left = FileStore.at(folder.resolve("store"));
    assertThat(left.list("http-01").collectList().block(PATIENCE)).isEmpty();
    left.disposeLater().block(PATIENCE);
  }
}
