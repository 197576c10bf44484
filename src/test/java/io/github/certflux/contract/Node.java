package io.github.certflux.contract;

import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.TestKms;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.AcmeStore;
import java.time.Duration;
import java.util.List;

/** A program that uses the library: its client, its store, and what was seen of it. */
final class Node {
  final AcmeStore store;
  final AcmeClient client;
  final TestKms kms;
  final Recorder seen = new Recorder();
  private final RecordingTimer timer = new RecordingTimer();

  Node(AcmeServer server, AcmeStore store, TestKms kms, RetryLimits limits) {
    this.store = store;
    this.kms = kms;
    AcmeClientBuilder builder =
        AcmeClient.builder(server.directory())
            .trust(server.trust())
            .store(store)
            .signers(kms::find)
            .limits(limits)
            .timer(timer)
            .observer(seen);
    server.solvers().forEach(builder::solver);
    client = builder.build();
  }

  /** Every delay it waited for, but for the ends of rollover windows. */
  List<Duration> sleeps() {
    Duration window = RetryLimits.defaults().rolloverWindow();
    return timer.waits().stream().filter(wait -> wait.compareTo(window) < 0).toList();
  }
}
