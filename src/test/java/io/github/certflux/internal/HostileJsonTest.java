package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Problem;
import io.github.certflux.protocol.RenewalInfo;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every resource comes back from JSON as it was; any other JSON is read, or is {@link NotAcme}.
 * Seeded: a failure repeats.
 */
class HostileJsonTest {
  private static final long SEED = 20261125;
  private static final int TIMES = 1_500;
  private static final URI URL = URI.create("https://ca.test/acme/thing/1");
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Resources RESOURCES =
      new Resources(Urls.of(URI.create("https://ca.test/directory"), false));

  private final Random random = new Random(SEED);

  @Test
  void directories() {
    comesBack(this::directory, this::json, body -> RESOURCES.directory(body));
  }

  @Test
  void accounts() {
    comesBack(this::account, this::json, body -> RESOURCES.account(body, URL));
  }

  @Test
  void orders() {
    comesBack(this::order, this::json, body -> RESOURCES.order(body, URL));
  }

  @Test
  void authorizations() {
    comesBack(this::authorization, this::json, body -> RESOURCES.authorization(body, URL));
  }

  @Test
  void challenges() {
    comesBack(this::challenge, this::json, RESOURCES::challenge);
  }

  @Test
  void problems() {
    comesBack(() -> problem(2), this::json, Resources::problem);
  }

  @Test
  void renewalInfos() {
    comesBack(
        this::renewalInfo,
        this::json,
        body -> RESOURCES.renewalInfo(body, Optional.of(Duration.ofHours(6))));
  }

  @Test
  void retryAfters() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    String alphabet = "0123456789-+: ,GMTSunDec\u0660";
    for (int i = 0; i < 10 * TIMES; i++) {
      String value =
          i % 2 == 0 ? text(alphabet, 40) : mutant("Wed, 21 Oct 2026 07:28:00 GMT", alphabet);
      AcmeResponse answer =
          new AcmeResponse(
              200, null, null, value, text(alphabet, 40), null, List.of(), new byte[0]);
      RetryAfter.of(answer, now)
          .ifPresent(wait -> assertThat(wait).isBetween(Duration.ZERO, Duration.ofDays(366)));
    }
  }

  /** Random values, written and read; then what was written is spoilt at random. */
  private <T> void comesBack(
      Supplier<T> values, Function<T, ObjectNode> writer, Function<byte[], T> reader) {
    for (int i = 0; i < TIMES; i++) {
      T value = values.get();
      ObjectNode json = writer.apply(value);
      assertThat(reader.apply(MAPPER.writeValueAsBytes(json))).isEqualTo(value);
      spoil(json);
      byte[] body = MAPPER.writeValueAsBytes(json);
      readsOrRefuses(reader, body);
      readsOrRefuses(reader, spoilt(body));
    }
    readsOrRefuses(reader, new byte[0]);
    readsOrRefuses(reader, "[".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
    readsOrRefuses(reader, "{\"a\":".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
    readsOrRefuses(
        reader, ("{\"a\":1e" + "9".repeat(5_000) + "}").getBytes(StandardCharsets.US_ASCII));
    readsOrRefuses(reader, ("\"" + "x".repeat(3 << 20) + "\"").getBytes(StandardCharsets.US_ASCII));
  }

  private static void readsOrRefuses(Function<byte[], ?> reader, byte[] body) {
    try {
      String shown = String.valueOf(reader.apply(body));
      assertThat(shown).isNotNull();
    } catch (NotAcme refused) {
      assertThat(refused.came()).hasSizeLessThan(300);
      assertThat(refused.expected()).isNotBlank();
    } catch (RuntimeException | StackOverflowError e) {
      String start = new String(body, 0, Math.min(body.length, 2_000), StandardCharsets.UTF_8);
      throw new AssertionError(start, e);
    }
  }

  // spoiling

  private void spoil(ObjectNode root) {
    List<JsonNode> containers = new ArrayList<>();
    containers.add(root);
    for (int i = 0; i < containers.size(); i++) {
      containers
          .get(i)
          .values()
          .forEach(
              child -> {
                if (child.isContainer()) {
                  containers.add(child);
                }
              });
    }
    JsonNode chosen = containers.get(random.nextInt(containers.size()));
    if (chosen instanceof ObjectNode object) {
      List<String> names = new ArrayList<>(object.propertyNames());
      if (names.isEmpty() || random.nextInt(6) == 0) {
        object.set("unknown-" + random.nextInt(9), anything(3));
      } else if (random.nextInt(3) == 0) {
        object.remove(names.get(random.nextInt(names.size())));
      } else {
        object.set(names.get(random.nextInt(names.size())), anything(3));
      }
    } else if (chosen instanceof ArrayNode array) {
      array.add(anything(2));
    }
  }

  private JsonNode anything(int depth) {
    return switch (random.nextInt(depth > 0 ? 12 : 9)) {
      case 0 -> MAPPER.nullNode();
      case 1 -> MAPPER.getNodeFactory().booleanNode(random.nextBoolean());
      case 2 -> MAPPER.getNodeFactory().numberNode(random.nextLong());
      case 3 -> MAPPER.getNodeFactory().numberNode(random.nextDouble() * 1e300);
      case 4 -> MAPPER.getNodeFactory().stringNode("");
      case 5 -> MAPPER.getNodeFactory().stringNode(text("ab/:%[]{}\\\u0000\ud800 \u202e", 60));
      case 6 -> MAPPER.getNodeFactory().stringNode("x".repeat(random.nextInt(5_000)));
      case 7 -> MAPPER.getNodeFactory().stringNode(oddTimes.get(random.nextInt(oddTimes.size())));
      case 8 -> MAPPER.getNodeFactory().stringNode(oddUrls.get(random.nextInt(oddUrls.size())));
      case 9 -> MAPPER.createArrayNode().add(anything(depth - 1)).add(anything(depth - 1));
      case 10 -> MAPPER.createObjectNode().set("type", anything(depth - 1));
      default -> MAPPER.createObjectNode();
    };
  }

  private final List<String> oddTimes =
      List.of(
          "+999999999-12-31T23:59:59Z",
          "-999999999-01-01T00:00:00+18:00",
          "2026-02-30T00:00:00Z",
          "2026-01-01T00:00:00",
          "0000-00-00T00:00:00Z");

  private final List<String> oddUrls =
      List.of(
          "http://ca.test/",
          "https://",
          "https://a@ca.test/",
          "https://127.0.0.1/",
          "https://[::1]/",
          "file:///etc/passwd",
          "https://ca.test/%zz",
          "//ca.test/x",
          "https://ca.test/" + "y".repeat(3_000));

  private byte[] spoilt(byte[] body) {
    byte[] bytes = body.clone();
    for (int change = random.nextInt(3); change >= 0 && bytes.length > 1; change--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] = (byte) "{}[]\",:0n".charAt(random.nextInt(9));
        default -> bytes = random.nextInt(3) == 0 ? Arrays.copyOf(bytes, at) : bytes;
      }
    }
    return bytes;
  }

  private String mutant(String original, String alphabet) {
    StringBuilder text = new StringBuilder(original);
    text.setCharAt(
        random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
    return text.toString();
  }

  private String text(String alphabet, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  // values

  private Directory directory() {
    Map<String, String> profiles = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      profiles.put("profile-" + i, word());
    }
    return new Directory(
        url(),
        url(),
        url(),
        maybe(this::url),
        url(),
        url(),
        maybe(this::url),
        new Directory.Meta(
            maybe(this::url), maybe(this::url), list(this::word), random.nextBoolean(), profiles));
  }

  private ObjectNode json(Directory directory) {
    ObjectNode json =
        object()
            .put("newNonce", directory.newNonce().toString())
            .put("newAccount", directory.newAccount().toString())
            .put("newOrder", directory.newOrder().toString())
            .put("revokeCert", directory.revokeCert().toString())
            .put("keyChange", directory.keyChange().toString());
    put(json, "newAuthz", directory.newAuthz());
    put(json, "renewalInfo", directory.renewalInfo());
    ObjectNode meta = json.putObject("meta");
    put(meta, "termsOfService", directory.meta().termsOfService());
    put(meta, "website", directory.meta().website());
    meta.set("caaIdentities", array(directory.meta().caaIdentities()));
    meta.put("externalAccountRequired", directory.meta().externalAccountRequired());
    ObjectNode profiles = meta.putObject("profiles");
    directory.meta().profiles().forEach(profiles::put);
    return json;
  }

  private Account account() {
    return new Account(
        URL, status(), list(this::word), maybe(random::nextBoolean), maybe(this::url));
  }

  private ObjectNode json(Account account) {
    ObjectNode json = object().put("status", account.status().value());
    json.set("contact", array(account.contacts()));
    account.termsOfServiceAgreed().ifPresent(agreed -> json.put("termsOfServiceAgreed", agreed));
    put(json, "orders", account.orders());
    return json;
  }

  private Order order() {
    return new Order(
        URL,
        status(),
        maybe(this::time),
        list(this::identifier),
        maybe(this::time),
        maybe(this::time),
        maybe(() -> problem(1)),
        list(this::url),
        url(),
        Optional.of(url()),
        maybe(this::word),
        maybe(this::word));
  }

  private ObjectNode json(Order order) {
    ObjectNode json = object().put("status", order.status().value());
    put(json, "expires", order.expires());
    ArrayNode identifiers = json.putArray("identifiers");
    order.identifiers().forEach(i -> identifiers.add(json(i)));
    put(json, "notBefore", order.notBefore());
    put(json, "notAfter", order.notAfter());
    order.error().ifPresent(error -> json.set("error", json(error)));
    json.set("authorizations", array(order.authorizations()));
    json.put("finalize", order.finalizeUrl().toString());
    put(json, "certificate", order.certificate());
    put(json, "profile", order.profile());
    put(json, "replaces", order.replaces());
    return json;
  }

  private Authorization authorization() {
    return new Authorization(
        URL,
        identifier(),
        status(),
        maybe(this::time),
        list(this::challenge),
        random.nextBoolean());
  }

  private ObjectNode json(Authorization authorization) {
    ObjectNode json = object().put("status", authorization.status().value());
    json.set("identifier", json(authorization.identifier()));
    put(json, "expires", authorization.expires());
    ArrayNode challenges = json.putArray("challenges");
    authorization.challenges().forEach(c -> challenges.add(json(c)));
    json.put("wildcard", authorization.wildcard());
    return json;
  }

  private Challenge challenge() {
    return new Challenge(
        word(),
        url(),
        status(),
        maybe(this::time),
        maybe(() -> problem(1)),
        maybe(this::word),
        list(this::word));
  }

  private ObjectNode json(Challenge challenge) {
    ObjectNode json =
        object()
            .put("type", challenge.type())
            .put("url", challenge.url().toString())
            .put("status", challenge.status().value());
    put(json, "validated", challenge.validated());
    challenge.error().ifPresent(error -> json.set("error", json(error)));
    put(json, "token", challenge.token());
    ArrayNode issuers = json.putArray("issuer-domain-names");
    challenge.issuers().forEach(issuers::add);
    return json;
  }

  private Problem problem(int depth) {
    return new Problem(
        Problem.NAMESPACE + word(),
        maybe(this::word),
        maybe(this::word),
        random.nextInt(600),
        maybe(this::url),
        depth == 0 ? List.of() : list(() -> problem(depth - 1)),
        maybe(this::identifier),
        list(this::word));
  }

  private ObjectNode json(Problem problem) {
    ObjectNode json = object().put("type", problem.type()).put("status", problem.status());
    put(json, "title", problem.title());
    put(json, "detail", problem.detail());
    put(json, "instance", problem.instance());
    ArrayNode subproblems = json.putArray("subproblems");
    problem.subproblems().forEach(sub -> subproblems.add(json(sub)));
    problem.identifier().ifPresent(i -> json.set("identifier", json(i)));
    json.set("algorithms", array(problem.algorithms()));
    return json;
  }

  private RenewalInfo renewalInfo() {
    Instant start = time();
    return RenewalInfo.of(
        start,
        start.plusSeconds(1 + random.nextInt(1_000_000)),
        maybe(this::url),
        Optional.of(Duration.ofHours(6)));
  }

  private ObjectNode json(RenewalInfo info) {
    ObjectNode json = object();
    json.putObject("suggestedWindow")
        .put("start", info.windowStart().toString())
        .put("end", info.windowEnd().toString());
    put(json, "explanationURL", info.explanationUrl());
    return json;
  }

  private Identifier identifier() {
    return new Identifier(word(), word());
  }

  private ObjectNode json(Identifier identifier) {
    return object().put("type", identifier.type()).put("value", identifier.value());
  }

  private static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  private static ArrayNode array(List<?> values) {
    ArrayNode array = MAPPER.createArrayNode();
    values.forEach(value -> array.add(value.toString()));
    return array;
  }

  private static void put(ObjectNode json, String name, Optional<?> value) {
    value.ifPresent(present -> json.put(name, present.toString()));
  }

  private URI url() {
    return URI.create("https://ca.test/" + random.nextInt(1_000_000));
  }

  private Instant time() {
    return Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
  }

  private Status status() {
    return new Status(List.of("pending", "valid", "invalid", "new").get(random.nextInt(4)));
  }

  private String word() {
    return text("abc\u00e4\u4e16 \"\\-", 12);
  }

  private <T> Optional<T> maybe(Supplier<T> value) {
    return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
  }

  private <T> List<T> list(Supplier<T> value) {
    List<T> list = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      list.add(value.get());
    }
    return list;
  }
}
