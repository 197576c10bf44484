package io.github.certflux.contract;

import io.github.certflux.TestKms;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.AcmeStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.scheduler.Schedulers;

/** One server's contract tests. */
@ExtendWith(ShowServerOutput.class)
abstract class ServerTest implements ServerUnderTest {
  private final TestKms kms =
      new TestKms(
          Schedulers.boundedElastic(),
          signature -> signature.delaySubscription(Duration.ofMillis(5)));
  private final List<Node> nodes = new ArrayList<>();

  @Override
  public Node open(AcmeStore store, RetryLimits limits) {
    Node node = new Node(server(), store, kms, limits);
    nodes.add(node);
    return node;
  }

  @AfterEach
  void closeClients() {
    nodes.forEach(node -> node.client.disposeLater().block(PATIENCE));
  }
}
