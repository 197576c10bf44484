package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** acme-dns, played by a server that does as its documentation says. */
class AcmeDnsProviderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String CHALLENGE = "_acme-challenge.example.org";
  private static final AcmeDnsAccount ACCOUNT =
      new AcmeDnsAccount(
          "sub1.auth.example.net.", "sub1", "user-sub1", FakeAcmeDns.password("sub1"));

  private final FakeAcmeDns acmeDns = new FakeAcmeDns();
  private final ApiServer server = new ApiServer(acmeDns);
  private final AcmeDnsProvider.Builder builder =
      AcmeDnsProvider.builder(server.url("/"))
          .settings(ApiSettings.defaults().withLoopbackHttp().withTimer(new JumpingTimer()));

  @AfterEach
  void close() {
    server.close();
  }

  /** A value as long as a challenge's. */
  private static String value(String name) {
    return (name + "-".repeat(43)).substring(0, 43);
  }

  private static TxtRecord record(String name, String value) {
    return new TxtRecord(name, value(value), Duration.ofMinutes(1));
  }

  private static TxtRecord at(String value) {
    return record("sub1.auth.example.net", value);
  }

  private static DnsException failure(Mono<Void> change) {
    return (DnsException) change.materialize().map(signal -> signal.getThrowable()).block(PATIENCE);
  }

  private AcmeDnsProvider withAccount() {
    acmeDns.values.put("sub1", List.of());
    return builder.account(ACCOUNT).build();
  }

  @Test
  void aNameAndItsWildcardAreProvedAtOnce() {
    AcmeDnsProvider provider = withAccount();

    Mono.when(provider.add(at("apex")), provider.add(at("wildcard"))).block(PATIENCE);

    assertThat(acmeDns.values.get("sub1"))
        .containsExactlyInAnyOrder(value("apex"), value("wildcard"));
  }

  @Test
  void aThirdValueDoesNotPushOutOneThatIsNeeded() {
    AcmeDnsProvider provider = withAccount();
    provider.add(at("one")).then(provider.add(at("two"))).block(PATIENCE);

    DnsException error = failure(provider.add(at("three")));

    assertThat(error).hasMessageContaining("keeps two values of sub1.auth.example.net");
    assertThat(acmeDns.values.get("sub1")).containsExactly(value("one"), value("two"));

    provider.remove(at("one")).then(provider.add(at("three"))).block(PATIENCE);
    assertThat(acmeDns.values.get("sub1")).containsExactly(value("two"), value("three"));
  }

  @Test
  void anUpdateWhoseAnswerIsLostCostsNoOtherValue() {
    AcmeDnsProvider provider = withAccount();
    provider.add(at("one")).block(PATIENCE);
    server.next.add(Answer.lost());

    provider.add(at("two")).block(PATIENCE);

    assertThat(acmeDns.values.get("sub1")).containsExactly(value("one"), value("two"));
    assertThat(server.requests).hasSize(4);
  }

  @Test
  void aValueThatTheServerDidNotTakeIsNoneThatIsThere() {
    AcmeDnsProvider provider = withAccount();
    acmeDns.values.remove("sub1");
    failure(provider.add(at("one")));
    acmeDns.values.put("sub1", List.of());

    provider.add(at("one")).block(PATIENCE);

    assertThat(acmeDns.values.get("sub1")).containsExactly(value("one"));
  }

  @Test
  void aValueThatIsThereIsNotWrittenAgain() {
    AcmeDnsProvider provider = withAccount();

    provider.add(at("one")).then(provider.add(at("one"))).block(PATIENCE);

    assertThat(server.requests).hasSize(1);
  }

  @Test
  void credentialsThatAreNotTakenAreToldAndNotShown() {
    AcmeDnsProvider provider = builder.account(ACCOUNT).build();

    DnsException error = failure(provider.add(at("one")));

    assertThat(error.reason()).isEqualTo(Reason.CREDENTIALS);
    assertThat(error).hasMessageContaining("forbidden");
    assertThat(error.getMessage() + ACCOUNT + provider).doesNotContain("htB9mR9DYgcu9bX");
  }

  @Test
  void withoutAnAccountNothingIsSent() {
    AcmeDnsProvider provider = builder.account(ACCOUNT).build();

    DnsException error = failure(provider.add(record(CHALLENGE, "one")));

    assertThat(error.reason()).isEqualTo(Reason.NO_ZONE);
    assertThat(error).hasMessageContaining("no acme-dns account for " + CHALLENGE);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void anAccountIsMadeOnceAndItsCnameTold() {
    AcmeStore store = MemoryStore.create();
    AcmeDnsProvider provider = builder.store(store).build();

    DnsException first = failure(provider.add(record(CHALLENGE, "one")));
    DnsException second = failure(builder.build().add(record(CHALLENGE, "two")));

    assertThat(first.reason()).isEqualTo(Reason.NO_ZONE);
    assertThat(first)
        .hasMessageContaining(
            "set this record once, then try again: _acme-challenge.example.org. CNAME"
                + " sub1.auth.example.net.");
    assertThat(second).hasMessage(first.getMessage());
    assertThat(server.lines()).isEqualTo("POST /register");

    builder.build().add(at("three")).block(PATIENCE);

    assertThat(acmeDns.values.get("sub1")).containsExactly(value("three"));
    assertThat(store.list("acme-dns").collectList().block(PATIENCE))
        .singleElement()
        .satisfies(path -> assertThat(path).endsWith(".pem"));
  }

  @Test
  void aRegistrationThatCanNotBeReadShowsNoPassword() {
    AcmeDnsProvider provider = builder.store(MemoryStore.create()).build();
    server.next.add(Answer.of(201, "{\"password\":\"secret\",\"username\":\"u\"}"));

    DnsException error = failure(provider.add(record(CHALLENGE, "one")));

    assertThat(error.reason()).isEqualTo(Reason.ANSWER);
    assertThat(error)
        .hasMessageContaining("the registration.fulldomain")
        .hasMessageNotContaining("secret");
  }
}
