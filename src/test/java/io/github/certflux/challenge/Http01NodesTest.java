package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.SimulatedProcess;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Nodes behind one balancer: the CA asks any of them, whichever has set the proof up. */
class Http01NodesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int NODES = 2;
  private static final int NAMES = 50;

  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicIntegerArray asked = new AtomicIntegerArray(NODES);
  private List<Node> nodes = List.of();

  private static final class Node {
    final AcmeStore store;
    final Http01Solver solver;
    final AcmeClient client;

    Node(TestCa ca, MemoryStore ofAll) {
      store = SimulatedProcess.on(ofAll);
      solver = Http01Solver.builder().address(LOOPBACK).port(0).store(store).build();
      client =
          AcmeClient.builder(ca.directory())
              .trust(ca.rootPem().getBytes(StandardCharsets.US_ASCII))
              .store(store)
              .solver(solver)
              .build();
    }

    Mono<Certificate> issue(String label) {
      String[] names =
          IntStream.range(0, NAMES)
              .mapToObj(i -> label + i + ".example.org")
              .toArray(String[]::new);
      return client
          .account(AccountRequest.create().agreeToTerms())
          .flatMap(account -> account.issue(OrderRequest.of(names)));
    }

    void close() {
      client
          .disposeLater()
          .then(Mono.defer(solver::disposeLater))
          .then(Mono.defer(store::disposeLater))
          .block(PATIENCE);
    }
  }

  /** The first listens from its first proof on; a balancer passes over what does not. */
  private Publisher<Void> balance(NettyInbound in, NettyOutbound out) {
    int node = connections.getAndIncrement() % NODES;
    asked.incrementAndGet(node);
    return TcpClient.newConnection()
        .remoteAddress(() -> new InetSocketAddress(LOOPBACK, nodes.get(node).solver.port()))
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
  void aHundredProofsOfTwoNodesAreFoundWhicheverIsAsked() {
    DisposableServer balancer =
        TcpServer.create()
            .bindAddress(() -> new InetSocketAddress(LOOPBACK, 0))
            .handle(this::balance)
            .bindNow(PATIENCE);
    try (TestCa ca =
        TestCa.builder()
            .validation(Validation.http01(name -> new InetSocketAddress(LOOPBACK, balancer.port())))
            .startNow()) {
      MemoryStore store = MemoryStore.create();
      nodes = List.of(new Node(ca, store), new Node(ca, store));
      // both listen, as they do from their first certificate on
      SolverRequest first =
          TlsAlpn01SolverTest.request(Identifier.dns("first.example.org"), "first");
      nodes.forEach(
          node ->
              node.solver
                  .present(first)
                  .then(Mono.defer(() -> node.solver.cleanUp(first)))
                  .block(PATIENCE));

      List<Certificate> certificates =
          Mono.zip(nodes.get(0).issue("a"), nodes.get(1).issue("b"), List::of).block(PATIENCE);

      assertThat(certificates).hasSize(2).doesNotContainNull();
      assertThat(asked.get(0) + asked.get(1)).isEqualTo(2 * NAMES);
      assertThat(asked.get(0)).isEqualTo(NAMES);
      assertThat(store.list("http-01").collectList().block(PATIENCE)).isEmpty();
    } finally {
      nodes.forEach(Node::close);
      balancer.disposeNow(PATIENCE);
    }
  }
}
