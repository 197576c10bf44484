package io.github.certflux.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Truth;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A CA and a store, the processes that share it, and what must be so after them. */
final class Scene implements AutoCloseable {
  static final Duration CACHE_TTL = Duration.ofMillis(400);

  private final TestCa ca =
      TestCa.builder().cacheTtl(CACHE_TTL).retryAfter(Duration.ZERO).startNow();
  private final ChildJvm jvm;
  private final List<String> names;
  private final Path store;
  private final Path root;
  private final List<String> issued = Collections.synchronizedList(new ArrayList<>());

  Scene(ChildJvm jvm, Path folder, List<String> names) throws IOException {
    this.jvm = jvm;
    this.names = names;
    Path own = Files.createTempDirectory(folder, "scene-");
    store = own.resolve("store");
    root = ca.writeRoot(own.resolve("root.pem"));
  }

  Child start(Program.Task task, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                ca.directory().toString(),
                root.toString(),
                store.toString(),
                task.name(),
                String.join(",", names)));
    arguments.addAll(List.of(more));
    return Child.start(jvm, arguments);
  }

  /** The child is gone: what certificates it had. */
  void ended(Child child) {
    issued.addAll(child.told(Steps.ISSUED));
  }

  Truth truth() {
    return ca.truth();
  }

  /** Whether the store knows the account's URL. */
  boolean knowsAccount() throws IOException {
    return Files.exists(store)
        && !accountFile().map(this::json).map(j -> j.path("url").asString("")).orElse("").isEmpty();
  }

  /** The orders that are in the journal. */
  List<String> journal() throws IOException {
    if (!Files.exists(store)) {
      return List.of();
    }
    List<String> orders = new ArrayList<>();
    for (Path file : files()) {
      if (file.getParent().endsWith("orders") && !isHalfWritten(file)) {
        orders.add(Files.readAllLines(file).get(0).replaceFirst("Order: ", ""));
      }
    }
    return orders;
  }

  /** Starts the program anew, and looks whether all is well afterwards. */
  Child restart() throws Exception {
    List<String> unfinished = journal();
    boolean known = knowsAccount();
    try (Child child = start(Program.Task.RESTART)) {
      child.wellEnded();
      ended(child);
      if (known) {
        assertThat(child.told(Steps.RESTORED)).as(child::output).hasSize(1);
      }
      assertThat(child.told(Steps.ISSUED)).as(child::output).containsAll(unfinished);
      assertAllIsWell(child.output());
      return child;
    }
  }

  private void assertAllIsWell(String output) throws Exception {
    assertThat(truth().accounts()).as(output).hasSize(1);
    Truth.AccountState account = truth().accounts().get(0);
    JsonNode record = accountFile().map(this::json).orElseThrow();
    assertThat(record.propertyNames()).as(output).doesNotContain("pendingKey", "replacedKeys");
    assertThat(truth().account(URI.create(record.path("url").asString("")))).contains(account);
    assertThat(record.path("key").asString("")).as(output).isEqualTo(account.keyThumbprint());
    assertThat(records())
        .as(output)
        .containsExactlyInAnyOrder("account.json", account.keyThumbprint() + ".pem");
    assertThat(thumbprintOfKeyFile()).isEqualTo(account.keyThumbprint());
    for (Path file : files()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .as(file.toString())
          .isEqualTo("rw-------");
    }
    assertThat(truth().spoiltOrders()).as(output).isEmpty();
    // a certificate that the CA issued and that no process told of would be lost
    assertThat(truth().orders())
        .as(output)
        .filteredOn(order -> order.status().equals(Status.VALID))
        .extracting(Truth.OrderState::id)
        .isSubsetOf(issued.stream().map(Scene::number).toList());
    assertThat(truth().orders())
        .as(output)
        .filteredOn(order -> order.status().equals(Status.INVALID))
        .isEmpty();
  }

  /** The file of a write that was cut off, which the next write removes. */
  private static boolean isHalfWritten(Path file) {
    return file.getFileName().toString().startsWith(".");
  }

  private static long number(String url) {
    return Long.parseLong(url.substring(url.lastIndexOf('/') + 1));
  }

  private Optional<Path> accountFile() throws IOException {
    return files().stream().filter(file -> file.endsWith("account.json")).findFirst();
  }

  private String thumbprintOfKeyFile() throws Exception {
    Path file =
        files().stream().filter(f -> f.getParent().endsWith("keys")).findFirst().orElseThrow();
    ECPublicKey key = (ECPublicKey) KeyPem.parse(Files.readString(file)).getPublic();
    return new ECKey.Builder(Curve.P_256, key).build().computeThumbprint().toString();
  }

  private JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  /** The names of all files but those that the store keeps for itself, half-written ones too. */
  private List<String> records() throws IOException {
    return files().stream()
        .map(store::relativize)
        .filter(file -> !file.getName(0).toString().startsWith("."))
        .map(file -> file.getFileName().toString())
        .toList();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> tree = Files.walk(store)) {
      return tree.filter(Files::isRegularFile).toList();
    }
  }

  @Override
  public void close() {
    ca.close();
  }
}
