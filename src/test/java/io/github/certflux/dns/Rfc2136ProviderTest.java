package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.contract.NamedServer;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Base64;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.TSIG;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** UPDATE against BIND. */
class Rfc2136ProviderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String OTHER_SECRET = "b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy0xMjM0NTY=";

  private static NamedServer bind;

  @BeforeAll
  static void start() {
    bind = NamedServer.started();
  }

  private static TxtRecord record(String name, String value) {
    return new TxtRecord(name, value, Duration.ofSeconds(60));
  }

  private static String name(String label) {
    return "_acme-challenge." + label + "." + NamedServer.ZONE;
  }

  private static void complete(Mono<Void> mono) {
    mono.block(PATIENCE);
  }

  private static DnsException failure(Mono<Void> mono) {
    DnsException[] seen = new DnsException[1];
    StepVerifier.create(mono)
        .consumeErrorWith(error -> seen[0] = (DnsException) error)
        .verify(PATIENCE);
    return seen[0];
  }

  @Test
  void aValueIsWrittenBesideOthersAndTakenAwayAlone() {
    DnsProvider provider = bind.provider().build();
    String name = name("beside");

    complete(provider.add(record(name, "one")));
    complete(provider.add(record(name, "two")));
    complete(provider.add(record(name, "one")));
    assertThat(bind.txt(name)).containsExactly("one", "two");

    complete(provider.remove(new TxtRecord(name, "one", Duration.ofSeconds(5))));
    complete(provider.remove(record(name, "one")));
    assertThat(bind.txt(name)).containsExactly("two");

    complete(provider.remove(record(name, "two")));
    assertThat(bind.txt(name)).isEmpty();
    complete(provider.remove(record(name("never-there"), "one")));
  }

  @Test
  void manyValuesAtOnceAllStand() {
    DnsProvider provider = bind.provider().zone(NamedServer.ZONE).build();
    String name = name("many");

    Flux.range(0, 30)
        .flatMap(i -> provider.add(record(name, "value-" + i)), 16)
        .then()
        .block(PATIENCE);
    assertThat(bind.txt(name)).hasSize(30);

    Flux.range(0, 30)
        .flatMap(i -> provider.remove(record(name, "value-" + i)), 16)
        .then()
        .block(PATIENCE);
    assertThat(bind.txt(name)).isEmpty();
  }

  @Test
  void aLongValueGoesByTcpInStrings() {
    DnsProvider provider = bind.provider().tcp().build();
    String name = name("long");
    String value = "a\"b\\c;" + "x".repeat(600);

    complete(provider.add(record(name, value)));

    assertThat(bind.lookup().txt(name, bind.primary()).block(PATIENCE)).containsExactly(value);
    complete(provider.remove(record(name, value)));
    assertThat(bind.txt(name)).isEmpty();
  }

  @Test
  void aKeyThatTheServerDoesNotTakeIsToldByItsName() {
    DnsException secret =
        failure(
            bind.provider()
                .key(NamedServer.KEY, "hmac-sha256", OTHER_SECRET)
                .build()
                .add(record(name("bad-secret"), "value")));
    DnsException key =
        failure(
            bind.provider()
                .zone(NamedServer.ZONE)
                .key("nobodys-key", "hmac-sha256", NamedServer.SECRET)
                .build()
                .add(record(name("bad-key"), "value")));

    assertThat(secret.reason()).isEqualTo(DnsException.Reason.CREDENTIALS);
    assertThat(secret.code()).contains("BADSIG");
    assertThat(secret.server()).isEqualTo("127.0.0.1:" + bind.port());
    assertThat(secret).hasMessageContaining(NamedServer.KEY).hasMessageNotContaining(OTHER_SECRET);
    assertThat(key.reason()).isEqualTo(DnsException.Reason.CREDENTIALS);
    assertThat(key.code()).contains("BADKEY");
    assertThat(key.zone()).contains(NamedServer.ZONE);
    assertThat(key).hasMessageContaining("nobodys-key");
  }

  @Test
  void aClockThatIsWrongIsTold() {
    TSIG late =
        new TSIG(
            TSIG.HMAC_SHA256,
            Messages.name(NamedServer.KEY),
            new SecretKeySpec(Base64.getDecoder().decode(NamedServer.SECRET), "HmacSHA256"),
            Clock.offset(Clock.system(ZoneOffset.UTC), Duration.ofHours(-1)));
    Updates updates =
        new Updates(
            new DnsTransport(Duration.ofSeconds(5), Schedulers.parallel()),
            ApiSettings.defaults().changes(),
            "127.0.0.1",
            bind.port(),
            new TsigKey(NamedServer.KEY, late),
            NamedServer.ZONE,
            false);

    DnsException error = failure(updates.add(record(name("late"), "value")));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.CLOCK);
    assertThat(error.code()).contains("BADTIME");
  }

  @Test
  void anUpdateThatIsRefusedSaysWhereAndWhy() {
    DnsException error =
        failure(bind.provider().build().add(record("_x." + NamedServer.FIXED, "value")));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.REFUSED);
    assertThat(error.code()).contains("REFUSED");
    assertThat(error.zone()).contains(NamedServer.FIXED);
    assertThat(error)
        .hasMessage(
            "the TXT record _x.fixed-test.com was not changed (server 127.0.0.1:"
                + bind.port()
                + ", zone fixed-test.com, REFUSED)");
  }

  @Test
  void aNameWithoutAZoneAtTheServerIsTold() {
    DnsException unknown =
        failure(bind.provider().build().add(record("_x.nowhere.example", "value")));
    DnsException delegated =
        failure(bind.provider().build().add(record("_x.elsewhere." + NamedServer.FIXED, "value")));
    DnsException given =
        failure(
            bind.provider()
                .zone("nowhere.example")
                .build()
                .add(record("_x.nowhere.example", "value")));

    assertThat(unknown.reason()).isEqualTo(DnsException.Reason.NO_ZONE);
    assertThat(unknown.code()).contains("REFUSED");
    assertThat(unknown).hasMessageContaining("the zone of _x.nowhere.example was not found");
    assertThat(delegated.reason()).isEqualTo(DnsException.Reason.NO_ZONE);
    assertThat(delegated).hasMessageContaining("delegated to ns.elsewhere." + NamedServer.FIXED);
    assertThat(given.reason()).isEqualTo(DnsException.Reason.NO_ZONE);
    assertThat(given.code()).contains("NOTAUTH");
    assertThat(given.zone()).contains("nowhere.example");
  }

  @Test
  void aServerThatIsDownIsTold() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    DnsException error =
        failure(
            Rfc2136Provider.builder("127.0.0.1", free)
                .zone(NamedServer.ZONE)
                .timeout(Duration.ofSeconds(1))
                .build()
                .add(record(name("down"), "value")));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.UNREACHABLE);
    assertThat(error.server()).isEqualTo("127.0.0.1:" + free);
    assertThat(error.zone()).contains(NamedServer.ZONE);
    assertThat(error.code()).isEmpty();
  }

  @Test
  void whatIsLostIsSentAgain() {
    try (UdpRelay relay = UdpRelay.to(bind.primary())) {
      DnsProvider provider =
          Rfc2136Provider.builder("127.0.0.1", relay.port())
              .key(NamedServer.KEY, "hmac-sha256", NamedServer.SECRET)
              .timeout(Duration.ofMillis(300))
              .build();
      String name = name("lost");
      relay.loseQuestions(1);
      complete(provider.add(record(name, "value")));
      relay.loseAnswers(1);
      complete(provider.add(record(name, "value")));
      assertThat(bind.txt(name)).containsExactly("value");

      relay.loseAnswers(1);
      complete(provider.remove(record(name, "value")));
      assertThat(bind.txt(name)).isEmpty();
    }
  }

  @Test
  void anAnswerThatIsNotSignedIsNotBelieved() {
    try (UdpRelay relay = UdpRelay.to(bind.primary())) {
      relay.cutSignatures();
      DnsException error =
          failure(
              Rfc2136Provider.builder("127.0.0.1", relay.port())
                  .key(NamedServer.KEY, "hmac-sha256", NamedServer.SECRET)
                  .zone(NamedServer.ZONE)
                  .timeout(Duration.ofMillis(300))
                  .build()
                  .remove(record(name("unsigned"), "value")));

      assertThat(error.reason()).isEqualTo(DnsException.Reason.ANSWER);
      assertThat(error).hasMessageContaining("not signed");
    }
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutShowingIt() {
    Rfc2136Provider.Builder builder = bind.provider();

    assertThatThrownBy(() -> builder.key("key", "hmac-sha256", "not*base64"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("*")
        .hasNoCause();
    assertThatThrownBy(() -> builder.key("key", "hmac-md5", NamedServer.SECRET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hmac-md5")
        .hasMessageNotContaining(NamedServer.SECRET);
    assertThat(builder.build().toString()).isEqualTo("rfc2136:127.0.0.1:" + bind.port());
    assertThat(builder.build().name()).isEqualTo("rfc2136:127.0.0.1:" + bind.port());
  }
}
