package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.testca.TestCa;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** With everything logged that can be, no secret is: keys, nonces, tokens, signatures. */
class SecretsInLogsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String MAC_KEY = "c".repeat(43);

  private final Set<String> secrets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger answers = new AtomicInteger();

  @Test
  void eachExchangeIsLoggedAndNoSecretIs() {
    secrets.add(MAC_KEY);
    List<String> logged;
    try (CapturedLog log = new CapturedLog(Level.TRACE)) {
      useEverything();
      logged = log.lines();
    }

    assertThat(logged)
        .filteredOn(line -> line.startsWith("method="))
        .as("a line for each exchange")
        .hasSize(answers.get())
        .hasSizeGreaterThan(20);
    assertThat(secrets).hasSizeGreaterThan(20).allMatch(secret -> secret.length() > 16);
    for (String line : logged) {
      assertThat(secrets).as(line).noneMatch(line::contains);
    }
  }

  private void useEverything() {
    MemoryStore store = MemoryStore.create();
    try (TestCa ca = TestCa.builder().externalAccount("kid", MAC_KEY).startNow()) {
      AcmeClient client =
          AcmeClient.builder(ca.directory())
              .trust(ca.rootPem().getBytes(StandardCharsets.US_ASCII))
              .store(store)
              .solver(new Nothing())
              .httpClient(
                  http ->
                      http.doOnResponse(
                          (answer, connection) -> {
                            answers.incrementAndGet();
                            String nonce = answer.responseHeaders().get("Replay-Nonce");
                            if (nonce != null) {
                              secrets.add(nonce);
                            }
                          }))
              .build();
      AcmeAccount account =
          await(
              client.account(
                  AccountRequest.contact("ops@example.org")
                      .agreeToTerms()
                      .withExternalAccount(ExternalAccountBinding.of("kid", MAC_KEY))));
      keys(store);
      await(account.issue(OrderRequest.of("a.example.org")));
      await(account.rollOver(KeyType.EC_P384));
      keys(store);
      await(account.details());
      account
          .order(OrderRequest.of("a.example.org").withNotAfter(Instant.EPOCH))
          .onErrorComplete()
          .block(LONG);
      await(account.deactivate());
      client.disposeLater().block(LONG);
    }
  }

  /** The second line of each PEM file: no other key has it. */
  private void keys(MemoryStore store) {
    List<StoreRecord> stored = await(store.list("").concatMap(store::read).collectList());
    for (StoreRecord record : stored) {
      record
          .text()
          .lines()
          .dropWhile(line -> !line.startsWith("-----BEGIN"))
          .skip(2)
          .filter(line -> line.length() > 20 && !line.startsWith("-"))
          .forEach(secrets::add);
    }
  }

  private static <T> T await(Mono<T> work) {
    return Objects.requireNonNull(work.block(LONG));
  }

  /** Proves nothing: nobody looks. What it is told is secret. */
  private final class Nothing implements ChallengeSolver {
    @Override
    public String type() {
      return "http-01";
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      secrets.add(request.token());
      secrets.add(request.keyAuthorization());
      return Mono.empty();
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return Mono.empty();
    }
  }
}
