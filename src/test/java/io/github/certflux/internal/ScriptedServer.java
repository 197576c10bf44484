package io.github.certflux.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Front ends behind one address, asked in turn, each knowing one key. As Boulder and Pebble do they
 * check a signature before they redeem its nonce, and read the payload last.
 */
final class ScriptedServer implements AcmeTransport {
  static final URI NONCE = URI.create("https://ca.test/nonce");
  static final Duration LATENCY = Duration.ofMillis(5);
  static final String STALE = "the signature does not verify";
  static final String WORDS = "the contact is no list";

  /** What a POST was signed with. */
  record Sent(String key, String nonce, long atMillis) {}

  final List<Sent> posts = new ArrayList<>();
  int nonceRequests;

  /** What the next answers are, in place of the server's own. */
  final Deque<Mono<AcmeResponse>> answers = new ArrayDeque<>();

  /** Whether what passes the signature and the nonce is then malformed. */
  boolean malformed;

  /** Of a hundred good nonces, how many are refused, as Pebble does. */
  int noncesRefused;

  /** Whether a HEAD for a nonce is answered. */
  Mono<Void> nonceGate = Mono.empty();

  private final Scheduler time;
  private final Random random;
  private final Set<String> live = new HashSet<>();
  private List<AccountKey> known = List.of();
  private int turn;
  private int nonces;

  ScriptedServer(Scheduler time, Random random) {
    this.time = time;
    this.random = random;
  }

  /** The key that each front end knows. */
  void know(AccountKey... keys) {
    known = List.of(keys);
  }

  /** A nonce that the server will take. */
  String nonce() {
    String nonce = "n" + ++nonces;
    live.add(nonce);
    return nonce;
  }

  @Override
  public Mono<AcmeResponse> send(AcmeRequest request) {
    return Mono.defer(
        () -> {
          if (request.method() == AcmeRequest.Method.HEAD) {
            nonceRequests++;
            return nonceGate.then(Mono.delay(LATENCY, time)).map(t -> answer(200, null));
          }
          Sent sent = read(request.body());
          posts.add(sent);
          Mono<AcmeResponse> scripted = answers.poll();
          return scripted != null ? scripted : Mono.delay(LATENCY, time).map(t -> process(sent));
        });
  }

  private Sent read(byte[] body) {
    JsonNode jws = JsonMapper.shared().readTree(body);
    JsonNode header = JsonMapper.shared().readTree(decoded(jws, "protected"));
    return new Sent(
        new String(decoded(jws, "signature"), UTF_8),
        header.path("nonce").asString(),
        time.now(java.util.concurrent.TimeUnit.MILLISECONDS));
  }

  private static byte[] decoded(JsonNode jws, String member) {
    return Base64.getUrlDecoder().decode(jws.path(member).asString());
  }

  private AcmeResponse process(Sent sent) {
    String knows = known.get(turn++ % known.size()).thumbprint();
    if (!knows.equals(sent.key())) {
      return problem("malformed", STALE);
    }
    if (random.nextInt(100) < noncesRefused || !live.remove(sent.nonce())) {
      return problem("badNonce", "spent");
    }
    return malformed ? problem("malformed", WORDS) : answer(200, null);
  }

  AcmeResponse problem(String type, String detail) {
    return answer(
        400,
        "{\"type\":\"urn:ietf:params:acme:error:%s\",\"detail\":\"%s\",\"status\":400}"
            .formatted(type, detail));
  }

  AcmeResponse answer(int status, @Nullable String body) {
    return new AcmeResponse(
        status,
        nonce(),
        null,
        null,
        null,
        body == null ? null : "application/problem+json",
        List.of(),
        body == null ? new byte[0] : body.getBytes(UTF_8));
  }

  /** Keys whose signature is their own thumbprint; a signature is ready when the gate opens. */
  static AccountKey key(KeyPair pair, JcaCrypto crypto, Mono<Void> gate) {
    AccountKey real = AccountKey.of(pair, crypto);
    Signer cheap =
        new Signer() {
          @Override
          public JWSAlgorithm algorithm() {
            return real.signer().algorithm();
          }

          @Override
          public JWK publicJwk() {
            return real.jwk();
          }

          @Override
          public Mono<byte[]> sign(byte[] input) {
            return gate.then(Mono.fromSupplier(() -> real.thumbprint().getBytes(UTF_8)));
          }
        };
    return AccountKey.of(pair, new CheapCrypto(crypto, cheap));
  }

  private record CheapCrypto(JcaCrypto real, Signer cheap) implements Crypto {
    @Override
    public Mono<KeyPair> generate(io.github.certflux.protocol.KeyType type) {
      return real.generate(type);
    }

    @Override
    public Signer signer(KeyPair key) {
      return cheap;
    }

    @Override
    public <T> Mono<T> heavy(java.util.concurrent.Callable<T> work) {
      return real.heavy(work);
    }
  }
}
