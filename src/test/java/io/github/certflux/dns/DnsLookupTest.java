package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.contract.NamedServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Look-ups at BIND, and at servers that mean harm. */
class DnsLookupTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static NamedServer bind;

  @BeforeAll
  static void start() {
    bind = NamedServer.started();
  }

  private static <T> T await(Mono<T> mono) {
    return mono.blockOptional(PATIENCE).orElseThrow();
  }

  private static DnsException failure(Mono<?> mono) {
    DnsException[] seen = new DnsException[1];
    StepVerifier.create(mono.then())
        .consumeErrorWith(error -> seen[0] = (DnsException) error)
        .verify(PATIENCE);
    return seen[0];
  }

  @Test
  void aliasesLeadToTheirEnd() {
    DnsLookup lookup = bind.lookup();

    assertThat(await(lookup.canonicalName("_acme-challenge.www." + NamedServer.DELEGATING)))
        .isEqualTo("www.proofs." + NamedServer.ZONE);
    assertThat(await(lookup.canonicalName("No-Alias." + NamedServer.ZONE + ".")))
        .isEqualTo("no-alias." + NamedServer.ZONE);
    assertThat(await(lookup.canonicalName("not.there." + NamedServer.FIXED)))
        .isEqualTo("not.there." + NamedServer.FIXED);
  }

  @Test
  void aliasesInACircleEnd() {
    DnsException error = failure(bind.lookup().canonicalName("circle." + NamedServer.DELEGATING));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.ANSWER);
    assertThat(error).hasMessageContaining("back." + NamedServer.DELEGATING);
  }

  @Test
  void theZoneOfANameThatIsNotThereIsFound() {
    DnsLookup lookup = bind.lookup();

    assertThat(await(lookup.zone("_acme-challenge.a.b." + NamedServer.FIXED)))
        .isEqualTo(NamedServer.FIXED);
    assertThat(await(lookup.zone(NamedServer.FIXED))).isEqualTo(NamedServer.FIXED);
    // an alias into another zone is still in its own
    assertThat(await(lookup.zone("_acme-challenge.www." + NamedServer.DELEGATING)))
        .isEqualTo(NamedServer.DELEGATING);
    assertThat(failure(lookup.zone("a.nowhere.example")).code()).contains("REFUSED");
  }

  @Test
  void theServersOfAZoneAreFoundWithTheirAddresses() {
    assertThat(await(bind.lookup().nameServers(NamedServer.ZONE)))
        .containsExactlyInAnyOrder(
            new NameServer("ns1." + NamedServer.ZONE, List.of(bind.primary())),
            new NameServer("ns2." + NamedServer.ZONE, List.of(bind.secondary())));
  }

  @Test
  void theCaaRecordsOfTheClosestNameCount() {
    DnsLookup lookup = bind.lookup();

    CaaSet above = await(lookup.caa("deep.below." + NamedServer.FIXED));
    assertThat(above.name()).isEqualTo(NamedServer.FIXED);
    assertThat(above.properties())
        .containsExactlyInAnyOrder(
            new CaaSet.Property(
                false,
                "issue",
                "ca.certflux-test.com; accounturi=https://ca/acct/1; validationmethods=dns-01"),
            new CaaSet.Property(true, "issuewild", ";"));
    CaaSet own = await(lookup.caa("lone." + NamedServer.FIXED));
    assertThat(own.name()).isEqualTo("lone." + NamedServer.FIXED);
    assertThat(own.properties()).extracting(CaaSet.Property::tag).containsExactly("iodef");
  }

  /** The second server looks for changes every second or two. */
  @Test
  void aValueIsWaitedForUntilTheLastServerShowsIt() {
    DnsLookup lookup = bind.lookup();
    Rfc2136Provider provider = bind.provider().build();
    TxtRecord record =
        new TxtRecord(
            "_acme-challenge.waited." + NamedServer.ZONE, "value", Duration.ofSeconds(60));

    await(provider.add(record).thenReturn(true));
    await(lookup.untilShown(record.name(), "value", PATIENCE).thenReturn(true));

    assertThat(await(lookup.txt(record.name(), bind.secondary()))).containsExactly("value");
    assertThat(await(lookup.freshTxt(record.name()))).containsExactly("value");
    await(provider.remove(record).thenReturn(true));
    assertThat(await(lookup.txt(record.name()))).isEmpty();
  }

  @Test
  void aValueThatIsNotShownIsToldWithWhatIs() {
    Rfc2136Provider provider = bind.provider().build();
    TxtRecord record =
        new TxtRecord("_x.other." + NamedServer.ZONE, "another", Duration.ofSeconds(60));
    await(provider.add(record).thenReturn(true));

    DnsException error =
        failure(bind.lookup().untilShown(record.name(), "value", Duration.ofSeconds(1)));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.NOT_SHOWN);
    assertThat(error.zone()).contains(NamedServer.ZONE);
    assertThat(error)
        .hasMessageContaining("\"value\"")
        .hasMessageContaining("ns1." + NamedServer.ZONE + " at 127.0.0.1:" + bind.port())
        .hasMessageContaining("[another]")
        .hasMessageContaining(
            "ns2." + NamedServer.ZONE + " at 127.0.0.1:" + bind.secondary().getPort());
    await(provider.remove(record).thenReturn(true));
  }

  @Test
  void aServerThatHasNotTheZoneIsNotBelieved() {
    DnsException error =
        failure(bind.lookup().txt("_x.elsewhere." + NamedServer.FIXED, bind.primary()));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.NO_ZONE);
  }

  @Test
  void anAnswerThatCannotBeReadIsAnError() throws Exception {
    DnsException cut = failure(answered(question -> Arrays.copyOf(question, 20)));
    DnsException noise =
        failure(
            answered(
                question -> {
                  byte[] answer = new byte[512];
                  Arrays.fill(answer, (byte) 0xc0); // names that point at themselves
                  System.arraycopy(question, 0, answer, 0, question.length);
                  answer[2] |= (byte) 0x80;
                  answer[7] = 5;
                  return answer;
                }));

    assertThat(cut.reason()).isIn(DnsException.Reason.ANSWER, DnsException.Reason.UNREACHABLE);
    assertThat(noise.reason()).isIn(DnsException.Reason.ANSWER, DnsException.Reason.UNREACHABLE);
  }

  @Test
  void aServerThatSaysNothingIsUnreachable() throws Exception {
    DnsException error = failure(answered(question -> new byte[0]));

    assertThat(error.reason()).isEqualTo(DnsException.Reason.UNREACHABLE);
    assertThat(error.code()).isEmpty();
  }

  /** A question to a server that answers so. */
  private static Mono<List<String>> answered(UnaryOperator<byte[]> answer) throws IOException {
    DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(() -> answer(socket, answer), "dns-that-means-harm");
    thread.setDaemon(true);
    thread.start();
    return DnsLookup.builder()
        .resolvers(new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort()))
        .timeout(Duration.ofMillis(200))
        .build()
        .txt("name.example")
        .doFinally(end -> socket.close());
  }

  private static void answer(DatagramSocket socket, UnaryOperator<byte[]> answer) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        socket.receive(packet);
        byte[] bytes = answer.apply(Arrays.copyOf(packet.getData(), packet.getLength()));
        if (bytes.length > 0) {
          socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException closed) {
      // it has been asked enough
    }
  }
}
