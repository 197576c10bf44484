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
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A CA and a store, the processes that share it, and what must be so after them. */
final class Scene implements AutoCloseable {
  private static final Duration CACHE_TTL = Duration.ofMillis(400);
  private static final Duration WINDOW = CACHE_TTL.multipliedBy(3);

  private final @Nullable TestCa ca;
  private final ChildJvm jvm;
  private final List<String> names;
  private final Path store;
  private final List<String> arguments;
  private final List<String> issued = Collections.synchronizedList(new ArrayList<>());
  private String account = "";

  private Scene(
      ChildJvm jvm,
      Path folder,
      @Nullable TestCa ca,
      URI directory,
      byte[] root,
      Duration window,
      List<String> names)
      throws IOException {
    this.jvm = jvm;
    this.ca = ca;
    this.names = names;
    Path own = Files.createTempDirectory(folder, "scene-");
    store = own.resolve("store");
    arguments =
        List.of(
            directory.toString(),
            Files.write(own.resolve("root.pem"), root).toString(),
            store.toString(),
            Long.toString(window.toMillis()));
  }

  /** On a test CA of its own, which tells the truth. */
  static Scene on(ChildJvm jvm, Path folder, String... names) throws IOException {
    TestCa ca = TestCa.builder().cacheTtl(CACHE_TTL).retryAfter(Duration.ZERO).startNow();
    byte[] root = Files.readAllBytes(ca.writeRoot(Files.createTempFile(folder, "root-", ".pem")));
    return new Scene(jvm, folder, ca, ca.directory(), root, WINDOW, List.of(names));
  }

  /** On a server that is there, of which is known what its answers say. */
  static Scene on(
      ChildJvm jvm, Path folder, URI directory, byte[] root, Duration window, String... names)
      throws IOException {
    return new Scene(jvm, folder, null, directory, root, window, List.of(names));
  }

  Child start(Program.Task task, String... more) throws IOException {
    List<String> all = new ArrayList<>(arguments);
    all.add(task.name());
    all.add(String.join(",", names));
    all.addAll(List.of(more));
    return Child.start(jvm, all);
  }

  /** The child is gone: what certificates it had. */
  void ended(Child child) {
    issued.addAll(child.told(Steps.ISSUED));
  }

  Truth truth() {
    return Objects.requireNonNull(ca).truth();
  }

  private int orders() {
    return ca == null ? 0 : truth().orders().size();
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
    for (Path file : files().keySet()) {
      if (file.getParent().endsWith("orders") && !isHalfWritten(file)) {
        orders.add(Files.readAllLines(file).get(0).replaceFirst("Order: ", ""));
      }
    }
    return orders;
  }

  /** Starts the program anew, and looks whether all is well afterwards. */
  Child restart() throws Exception {
    Left left = left();
    try (Child child = start(Program.Task.RESTART)) {
      child.wellEnded();
      ended(child);
      assertRepaired(left, child);
      return child;
    }
  }

  /** Starts the program anew; once it has said, and shown, that all is well, it goes on. */
  Child restart(Program.Task task, String... more) throws Exception {
    Left left = left();
    Child child = start(task, more);
    try {
      assertThat(child.reads(Steps.WELL::equals)).as(child::output).isTrue();
      ended(child);
      assertRepaired(left, child);
      child.goOn();
      return child;
    } catch (Throwable e) {
      child.close();
      throw e;
    }
  }

  /** What a process has left. */
  private record Left(boolean account, List<String> unfinished, int orders) {}

  private Left left() throws IOException {
    return new Left(knowsAccount(), journal(), orders());
  }

  private void assertRepaired(Left left, Child child) throws Exception {
    String output = child.output();
    if (left.account()) {
      assertThat(child.told(Steps.RESTORED)).as(output).hasSize(1);
    }
    assertThat(child.told(Steps.ISSUED)).as(output).containsAll(left.unfinished());
    JsonNode record = accountFile().map(this::json).orElseThrow();
    assertThat(record.propertyNames()).as(output).doesNotContain("pendingKey", "replacedKeys");
    String key = record.path("key").asString("");
    assertThat(records()).as(output).containsExactlyInAnyOrder("account.json", key + ".pem");
    assertThat(thumbprintOfKeyFile()).as(output).isEqualTo(key);
    assertThat(files().values()).as(output).containsOnly("rw-------");
    String url = record.path("url").asString("");
    assertThat(url).as(output).isEqualTo(left.account() && !account.isEmpty() ? account : url);
    account = url;
    if (ca != null) {
      assertTruth(URI.create(url), key, output);
      // an order that the journal had, or another
      assertThat(truth().orders())
          .as(output)
          .hasSize(left.orders() + names.size() - left.unfinished().size());
    }
  }

  private void assertTruth(URI url, String key, String output) {
    assertThat(truth().accounts()).as(output).hasSize(1);
    assertThat(truth().account(url))
        .as(output)
        .hasValueSatisfying(found -> assertThat(found.keyThumbprint()).isEqualTo(key));
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
    return files().keySet().stream().filter(file -> file.endsWith("account.json")).findFirst();
  }

  private String thumbprintOfKeyFile() throws Exception {
    Path file =
        files().keySet().stream()
            .filter(f -> f.getParent().endsWith("keys"))
            .findFirst()
            .orElseThrow();
    ECPublicKey key = (ECPublicKey) KeyPem.parse(Files.readString(file)).getPublic();
    return new ECKey.Builder(Curve.P_256, key).build().computeThumbprint().toString();
  }

  private JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  /** The names of all files but those that the store keeps for itself, half-written ones too. */
  private List<String> records() throws IOException {
    return files().keySet().stream()
        .map(store::relativize)
        .filter(file -> !file.getName(0).toString().startsWith("."))
        .map(file -> file.getFileName().toString())
        .toList();
  }

  /** All files and who may do what with them; a process that works may rename one meanwhile. */
  private Map<Path, String> files() throws IOException {
    Map<Path, String> files = new TreeMap<>();
    Files.walkFileTree(
        store,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            try {
              String rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
              files.put(file, rights);
            } catch (NoSuchFileException e) {
              // it has another name now
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  @Override
  public void close() {
    if (ca != null) {
      ca.close();
    }
  }
}
