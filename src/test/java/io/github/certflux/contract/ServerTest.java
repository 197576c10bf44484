package io.github.certflux.contract;

import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.AcmeStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** One server's contract tests. */
@ExtendWith(ShowServerOutput.class)
abstract class ServerTest implements ServerUnderTest {
  private final List<Node> nodes = new ArrayList<>();

  @Override
  public Node open(AcmeStore store, RetryLimits limits) {
    Node node = new Node(server(), store, limits);
    nodes.add(node);
    return node;
  }

  @AfterEach
  void closeClients() {
    nodes.forEach(node -> node.client.disposeLater().block(PATIENCE));
  }
}
