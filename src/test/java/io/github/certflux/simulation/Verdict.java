package io.github.certflux.simulation;

import io.github.certflux.protocol.Status;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.SimulatedProcess;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.testca.Truth;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What must be so at the end of every history. */
final class Verdict {
  private static final String FOLDER = "ca.test-directory";
  private static final String ACCOUNT = FOLDER + "/accounts/default";

  private final World world;
  private final AcmeStore store;
  private final List<String> complaints;

  Verdict(World world) {
    this.world = world;
    this.store = SimulatedProcess.on(world.memory);
    this.complaints = new ArrayList<>(world.complaints);
  }

  List<String> complaints() {
    world.operations.stream()
        .filter(Operation::failedInVain)
        .forEach(failed -> complaints.add("failed: " + failed));
    account();
    orders();
    leases();
    proofs();
    return complaints;
  }

  private void account() {
    StoreRecord record = store.read(ACCOUNT + "/account.json").block();
    if (record == null) {
      if (!world.ca.truth().accounts().isEmpty()) {
        complaints.add("the account is not in the store");
      }
      return;
    }
    JsonNode account = JsonMapper.shared().readTree(record.content());
    String key = account.path("key").asString("");
    List<Truth.AccountState> all = world.ca.truth().accounts();
    if (all.size() != 1) {
      complaints.add("the CA has " + all.size() + " accounts");
    }
    String truth =
        world
            .ca
            .truth()
            .account(URI.create(account.path("url").asString("none")))
            .map(Truth.AccountState::keyThumbprint)
            .orElse("none");
    if (!key.equals(truth)) {
      complaints.add("the store has the key " + key + ", the CA " + truth);
    }
    if (!account.path("pendingKey").isMissingNode()) {
      complaints.add("a rollover is pending");
    }
    if (!account.path("replacedKeys").isMissingNode()) {
      complaints.add("replaced keys are named: " + account.path("replacedKeys"));
    }
    List<String> files = store.list(ACCOUNT + "/keys").collectList().block();
    if (!new TreeSet<>(files).contains(ACCOUNT + "/keys/" + key + ".pem")) {
      complaints.add("the key " + key + " is not in the store");
    }
    if (files.size() > 1) {
      complaints.add("keys that were replaced are in the store: " + files);
    }
  }

  private void orders() {
    if (!world.ca.truth().spoiltOrders().isEmpty()) {
      complaints.add("spoilt by a second finalize: " + world.ca.truth().spoiltOrders());
    }
    int orders = world.ca.truth().orders().size();
    if (orders > world.orders.most()) {
      complaints.add(orders + " orders, where " + world.orders.most() + " are enough");
    }
    List<String> journal = store.list(ACCOUNT + "/orders").collectList().block();
    if (!journal.isEmpty()) {
      complaints.add("orders are left in the journal: " + journal);
    }
    if (world.ca.truth().orders().stream()
        .anyMatch(order -> order.status().equals(Status.PROCESSING))) {
      complaints.add("an order is still processing");
    }
  }

  private void proofs() {
    if (!world.standing.isEmpty()) {
      complaints.add("proofs are left behind: " + world.standing);
    }
    List<String> journal = store.list(FOLDER + "/proofs").collectList().block();
    if (!journal.isEmpty()) {
      complaints.add("proofs are left in the journal: " + journal);
    }
  }

  private void leases() {
    for (String lease : List.of(ACCOUNT, FOLDER + "/seats/0", FOLDER + "/seats/1")) {
      if (store.tryAcquire(lease, Duration.ofSeconds(30)).block() == null) {
        complaints.add("the lease " + lease + " was not given back");
      }
    }
  }
}
