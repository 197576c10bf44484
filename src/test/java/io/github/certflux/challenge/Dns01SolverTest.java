package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.contract.NamedServer;
import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.TxtRecord;
import io.github.certflux.protocol.Identifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Proofs in a zone of BIND. */
class Dns01SolverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final URI ACCOUNT = URI.create("https://example.com/acme/acct/ExampleAccount");
  private static final String TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";

  private static NamedServer bind;

  @BeforeAll
  static void start() {
    bind = NamedServer.started();
  }

  private static Dns01Solver solver() {
    return Dns01Solver.builder(bind.provider().build()).lookup(bind.lookup()).build();
  }

  private static SolverRequest request(String name, boolean wildcard, String keyAuthorization) {
    return new SolverRequest(Identifier.dns(name), wildcard, TOKEN, keyAuthorization, ACCOUNT);
  }

  private static void complete(Mono<Void> mono) {
    mono.block(PATIENCE);
  }

  @Test
  void aNameAndItsWildcardAreProvedAtOnceAndNothingStays() {
    Dns01Solver solver = solver();
    String name = "apex." + NamedServer.ZONE;
    SolverRequest apex = request(name, false, "token.one");
    SolverRequest wildcard = request(name, true, "token.two");

    complete(Mono.when(solver.present(apex), solver.present(wildcard)));
    complete(Mono.when(solver.ready(apex), solver.ready(wildcard)));

    assertThat(bind.txt("_acme-challenge." + name)).hasSize(2);
    complete(solver.cleanUp(apex));
    assertThat(bind.txt("_acme-challenge." + name)).hasSize(1);
    complete(solver.cleanUp(wildcard));
    assertThat(bind.txt("_acme-challenge." + name)).isEmpty();
  }

  /**
   * RFC 8555 §8.4, computed by hand: printf token.one | openssl dgst -sha256 -binary | basenc
   * --base64url.
   */
  @Test
  void theValueIsTheDigestOfTheKeyAuthorization() {
    RecordedValues recorded = new RecordedValues();
    Dns01Solver solver =
        Dns01Solver.builder(recorded).lookup(bind.lookup()).ttl(Duration.ofSeconds(90)).build();

    complete(solver.present(request("value." + NamedServer.ZONE, false, "token.one")));

    assertThat(recorded.added)
        .containsExactly(
            new TxtRecord(
                "_acme-challenge.value." + NamedServer.ZONE,
                "2ac27rcP3UC9RbkckOFR0pcST8p0WRYLaSaNWujlnhU",
                Duration.ofSeconds(90)));
    assertThat(solver.journalName()).isEqualTo("dns-01:recorded");
    assertThat(solver.outlivesProcess()).isTrue();
  }

  @Test
  void anAliasIsProvedWhereItLeadsTo() {
    Dns01Solver solver = solver();
    SolverRequest request = request("www." + NamedServer.DELEGATING, false, "token.alias");

    complete(solver.present(request));
    complete(solver.ready(request));
    assertThat(bind.txt("www.proofs." + NamedServer.ZONE)).hasSize(1);

    complete(solver().cleanUp(request));
    assertThat(bind.txt("www.proofs." + NamedServer.ZONE)).isEmpty();
  }

  @Test
  void anAliasIsFollowedOnlyIntoZonesThatAreAllowed() {
    SolverRequest request = request("www." + NamedServer.DELEGATING, false, "token.alias");
    RecordedValues recorded = new RecordedValues();
    Dns01Solver.Builder builder = Dns01Solver.builder(recorded).lookup(bind.lookup());

    StepVerifier.create(builder.aliasesInto("oofs." + NamedServer.ZONE).build().present(request))
        .expectErrorMatches(
            error ->
                error instanceof DnsException failure
                    && failure.reason() == DnsException.Reason.REFUSED
                    && failure.getMessage().contains("www.proofs." + NamedServer.ZONE))
        .verify(PATIENCE);
    assertThat(recorded.added).isEmpty();

    complete(builder.aliasesInto("Proofs." + NamedServer.ZONE + ".").build().present(request));
    assertThat(recorded.added).hasSize(1);
    assertThatThrownBy(builder::aliasesInto).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void serversThatCannotBeLookedAtHoldNobodyUpUnlessItIsRequired() throws Exception {
    DnsLookup nobody =
        DnsLookup.builder()
            .resolvers(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))
            .timeout(Duration.ofMillis(100))
            .build();
    SolverRequest request = request("unseen." + NamedServer.ZONE, false, "token.unseen");
    Dns01Solver.Builder builder = Dns01Solver.builder(new RecordedValues()).lookup(nobody);

    complete(builder.build().ready(request));

    StepVerifier.create(builder.required().build().ready(request))
        .expectErrorMatches(
            error ->
                error instanceof DnsException failure
                    && failure.reason() == DnsException.Reason.UNREACHABLE)
        .verify(PATIENCE);
  }

  @Test
  void addressesAreForOthers() {
    SolverRequest address =
        new SolverRequest(new Identifier("ip", "127.0.0.1"), false, TOKEN, "token.ip", ACCOUNT);

    assertThat(solver().solves(address)).isFalse();
    assertThat(DnsAccount01Solver.like(solver()).solves(address)).isFalse();
  }

  /** The draft's own example. */
  @Test
  void theAccountHasALabelOfItsOwn() {
    DnsAccount01Solver solver = DnsAccount01Solver.like(solver());
    String name = "account." + NamedServer.ZONE;
    String record = "_ujmmovf2vn55tgye._acme-challenge." + name;
    assertThat(DnsAccount01Solver.recordName(ACCOUNT, name)).isEqualTo(record);
    SolverRequest request = request(name, false, "token.account");

    complete(solver.present(request));
    complete(solver.ready(request));
    assertThat(bind.txt(record)).hasSize(1);

    complete(solver.cleanUp(request));
    assertThat(bind.txt(record)).isEmpty();
  }

  @Test
  void aRecordThatPersistsIsToldUntilSomebodySetsIt() {
    DnsPersist01Solver solver = DnsPersist01Solver.by(bind.lookup());
    String name = "persist." + NamedServer.ZONE;
    SolverRequest apex = persistent(name, false);
    SolverRequest wildcard = persistent(name, true);
    DnsProvider person = bind.provider().build();

    MissingRecordException missing = missing(solver.present(apex));
    assertThat(missing.record().name()).isEqualTo("_validation-persist." + name);
    assertThat(missing.record().value()).isEqualTo("ca.example; accounturi=" + ACCOUNT);
    assertThat(missing).hasMessageContaining("there is none");

    set(person, missing.record());
    complete(solver.present(apex));
    MissingRecordException narrow = missing(solver.present(wildcard));
    assertThat(narrow).hasMessageContaining("there is [ca.example; accounturi=" + ACCOUNT + "]");

    set(person, narrow.record());
    complete(solver.present(wildcard));
    complete(solver.cleanUp(wildcard));
    assertThat(bind.txt("_validation-persist." + name)).hasSize(2);
    complete(person.remove(missing.record()));
    complete(person.remove(narrow.record()));
  }

  @Test
  void nobodyIsToldToSetWhatIsNoIssuersName() {
    String name = "persist." + NamedServer.ZONE;
    String hostile = "ca.example; policy=wildcard";

    assertThat(DnsPersist01Solver.by(bind.lookup()).solves(persistent(name, false, hostile)))
        .isFalse();
    assertThat(
            missing(
                    DnsPersist01Solver.by(bind.lookup())
                        .present(persistent("none." + name, false, hostile, "ca.example")))
                .record()
                .value())
        .isEqualTo("ca.example; accounturi=" + ACCOUNT);
  }

  /** On both servers: any of them may be asked. */
  private static void set(DnsProvider person, TxtRecord record) {
    complete(person.add(record));
    complete(bind.lookup().untilShown(record.name(), record.value(), PATIENCE));
  }

  private static SolverRequest persistent(String name, boolean wildcard) {
    return persistent(name, wildcard, "ca.example", "other.example");
  }

  private static SolverRequest persistent(String name, boolean wildcard, String... issuers) {
    return new SolverRequest(Identifier.dns(name), wildcard, "", "", ACCOUNT, List.of(issuers));
  }

  private static MissingRecordException missing(Mono<Void> mono) {
    MissingRecordException[] seen = new MissingRecordException[1];
    StepVerifier.create(mono)
        .consumeErrorWith(error -> seen[0] = (MissingRecordException) error)
        .verify(PATIENCE);
    return seen[0];
  }

  @Test
  void settingsThatNoRecordCanHaveAreToldAtOnce() {
    Dns01Solver.Builder builder = Dns01Solver.builder(new RecordedValues());

    assertThatThrownBy(() -> builder.ttl(Duration.ofMillis(1_500)).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.propagation(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Writes nothing. */
  private static final class RecordedValues implements DnsProvider {
    final List<TxtRecord> added = new CopyOnWriteArrayList<>();

    @Override
    public String name() {
      return "recorded";
    }

    @Override
    public Mono<Void> add(TxtRecord record) {
      return Mono.fromRunnable(() -> added.add(record));
    }

    @Override
    public Mono<Void> remove(TxtRecord record) {
      return Mono.fromRunnable(() -> added.remove(record));
    }
  }
}
