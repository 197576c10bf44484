package io.github.certflux.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** UPDATE messages (RFC 2136) to one server, and what their answers mean. */
final class Updates {
  private static final int TRIES = 3;
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int LONGEST_STRING = 255;

  private final DnsTransport transport;
  private final Changes changes;
  private final String host;
  private final int port;
  private final @Nullable TsigKey key;
  private final String zone;
  private final boolean tcp;

  /**
   * Updates.
   *
   * @param zone the zone; empty if the server is to be asked
   */
  Updates(
      DnsTransport transport,
      Changes changes,
      String host,
      int port,
      @Nullable TsigKey key,
      String zone,
      boolean tcp) {
    this.transport = transport;
    this.changes = changes;
    this.host = host;
    this.port = port;
    this.key = key;
    this.zone = zone;
    this.tcp = tcp;
  }

  Mono<Void> add(TxtRecord record) {
    return changed(record, Update::add);
  }

  Mono<Void> remove(TxtRecord record) {
    return changed(record, Update::delete);
  }

  private Mono<Void> changed(TxtRecord record, BiConsumer<Update, TXTRecord> change) {
    return changes.of(
        record.name(),
        turn ->
            server()
                .flatMap(
                    server ->
                        zoneOf(server, record)
                            .flatMap(in -> turn.step(changed(server, in, record, change))))
                .then());
  }

  private Mono<Message> changed(
      InetSocketAddress server, Name in, TxtRecord record, BiConsumer<Update, TXTRecord> change) {
    return sent(
        server,
        Messages.text(in),
        "the TXT record " + record.name() + " was not changed",
        () -> {
          Update update = new Update(in);
          change.accept(update, txt(record));
          return update;
        },
        1);
  }

  private static TXTRecord txt(TxtRecord record) {
    List<String> strings = new ArrayList<>();
    String value = record.value();
    for (int at = 0; at < value.length(); at += LONGEST_STRING) {
      // in the form of zone files, where these two mean something else
      strings.add(
          value
              .substring(at, Math.min(value.length(), at + LONGEST_STRING))
              .replace("\\", "\\\\")
              .replace("\"", "\\\""));
    }
    return new TXTRecord(
        Messages.name(record.name()), DClass.IN, record.ttl().toSeconds(), strings);
  }

  /** A name is looked up anew for each change, by the JDK, which blocks. */
  private Mono<InetSocketAddress> server() {
    return Mono.fromCallable(() -> new InetSocketAddress(host, port))
        .subscribeOn(Schedulers.boundedElastic())
        .flatMap(
            address ->
                address.isUnresolved()
                    ? Mono.error(
                        new DnsException(
                            DnsException.Reason.UNREACHABLE,
                            DnsTransport.text(address),
                            zone,
                            "",
                            "the server's name has no address",
                            null))
                    : Mono.just(address));
  }

  private Mono<Name> zoneOf(InetSocketAddress server, TxtRecord record) {
    return zone.isEmpty()
        ? new ZoneSearch(DnsTransport.text(server), true, name -> soa(server, name))
            .zoneOf(Messages.name(record.name()))
        : Mono.just(Messages.name(zone));
  }

  /** A server refuses to tell of what is not its own. */
  private Mono<Message> soa(InetSocketAddress server, Name name) {
    String what = "the zone of " + Messages.text(name) + " was not found";
    return sent(server, "", what, () -> Messages.question(name, Type.SOA, false), 1)
        .onErrorMap(
            DnsException.class,
            error ->
                error.reason() == DnsException.Reason.REFUSED
                    ? new DnsException(
                        DnsException.Reason.NO_ZONE,
                        error.server(),
                        "",
                        error.code().orElse(""),
                        what,
                        error)
                    : error);
  }

  private Mono<Message> sent(
      InetSocketAddress server, String in, String what, Supplier<Message> message, int time) {
    boolean last = time == TRIES;
    Mono<Message> answer =
        transport
            .send(server, message, key == null ? null : key.tsig(), tcp || last)
            .onErrorMap(
                DnsException.class,
                error ->
                    new DnsException(
                        error.reason(), error.server(), in, "", what + ": " + error.what(), error))
            .flatMap(
                got -> {
                  DnsException failure = failure(got, DnsTransport.text(server), in, what);
                  return failure == null ? Mono.just(got) : Mono.error(failure);
                });
    return last
        ? answer
        : answer.onErrorResume(
            error -> isWorthAnotherTry(error),
            error ->
                Mono.delay(PAUSE.multipliedBy(time), transport.timer())
                    .then(Mono.defer(() -> sent(server, in, what, message, time + 1))));
  }

  private static boolean isWorthAnotherTry(Throwable error) {
    return error instanceof DnsException failure
        && switch (failure.reason()) {
          case UNREACHABLE -> true;
          case FAILED -> failure.code().filter("SERVFAIL"::equals).isPresent();
          default -> false;
        };
  }

  /** Why an answer is none; {@code null} if it is one. */
  private @Nullable DnsException failure(Message answer, String server, String in, String what) {
    TSIGRecord signature = answer.getTSIG();
    int error = signature == null ? Rcode.NOERROR : signature.getError();
    if (error != Rcode.NOERROR) {
      return new DnsException(
          error == Rcode.BADTIME ? DnsException.Reason.CLOCK : DnsException.Reason.CREDENTIALS,
          server,
          in,
          Rcode.TSIGstring(error),
          what + ": the server does not take the TSIG key " + key,
          null);
    }
    int rcode = answer.getRcode();
    boolean isQuestion = answer.getHeader().getOpcode() == Opcode.QUERY;
    if (rcode != Rcode.NOERROR && !(isQuestion && rcode == Rcode.NXDOMAIN)) {
      return new DnsException(
          switch (rcode) {
            case Rcode.NOTAUTH, Rcode.NOTZONE -> DnsException.Reason.NO_ZONE;
            case Rcode.REFUSED -> DnsException.Reason.REFUSED;
            default -> DnsException.Reason.FAILED;
          },
          server,
          in,
          Rcode.string(rcode),
          what,
          null);
    }
    return key == null || answer.isVerified()
        ? null
        : new DnsException(
            DnsException.Reason.ANSWER,
            server,
            in,
            Rcode.string(rcode),
            what + ": the answer is not signed with the TSIG key " + key,
            null);
  }
}
