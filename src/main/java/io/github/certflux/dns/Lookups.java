package io.github.certflux.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CAARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.Type;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The questions of {@link DnsLookup}, in dnsjava's terms. */
final class Lookups {
  private static final int ROUNDS = 2;
  private static final int LONGEST_CHAIN = 8;
  private static final int MOST_RESOLVERS = 3;
  private static final int MOST_SERVERS = 16;
  private static final int MOST_ADDRESSES = 4;
  private static final int MOST_TRIED = 6;
  private static final int PARALLEL = 4;

  private final DnsTransport transport;
  private final List<InetSocketAddress> resolvers;
  private final ToIntFunction<String> port;

  /**
   * Look-ups.
   *
   * @param resolvers who is asked, one after the other; one or more
   * @param port of the servers that are authoritative
   */
  Lookups(DnsTransport transport, List<InetSocketAddress> resolvers, ToIntFunction<String> port) {
    this.transport = transport;
    this.resolvers = resolvers;
    this.port = port;
  }

  /** Look-ups; with no resolvers by those of this machine, whose settings are read now. */
  static Lookups of(
      List<InetSocketAddress> resolvers,
      ToIntFunction<String> port,
      Duration timeout,
      Scheduler timer) {
    List<InetSocketAddress> asked = resolvers;
    if (asked.isEmpty()) {
      asked = ResolverConfig.getCurrentConfig().servers();
    }
    return new Lookups(
        new DnsTransport(timeout, timer), asked.stream().limit(MOST_RESOLVERS).toList(), port);
  }

  DnsTransport transport() {
    return transport;
  }

  Mono<String> canonicalName(String name) {
    return Mono.defer(
        () -> canonicalName(Messages.name(name), new HashSet<>()).map(Messages::text));
  }

  private Mono<Name> canonicalName(Name name, Set<Name> seen) {
    if (!seen.add(name) || seen.size() > LONGEST_CHAIN) {
      return Mono.error(
          new DnsException(
              DnsException.Reason.ANSWER,
              resolvers(),
              "",
              "",
              "CNAME records lead from "
                  + seen.stream().map(Messages::text).sorted().collect(Collectors.joining(", "))
                  + " in a circle, or too far",
              null));
    }
    return ask(name, Type.CNAME)
        .flatMap(
            answer ->
                Messages.alias(answer, name)
                    .map(next -> canonicalName(next, seen))
                    .orElseGet(() -> Mono.just(name)));
  }

  Mono<String> zone(String name) {
    return Mono.defer(
        () ->
            new ZoneSearch(resolvers(), false, soaOf -> ask(soaOf, Type.SOA))
                .zoneOf(Messages.name(name))
                .map(Messages::text));
  }

  Mono<List<NameServer>> nameServers(String zone) {
    return Mono.defer(() -> nameServers(Messages.name(zone)));
  }

  private Mono<List<NameServer>> nameServers(Name zone) {
    return ask(zone, Type.NS)
        .flatMapIterable(answer -> Messages.answers(answer, zone, NSRecord.class))
        .map(NSRecord::getTarget)
        .distinct()
        .take(MOST_SERVERS)
        .flatMapSequential(this::nameServer, PARALLEL)
        .collectList()
        .flatMap(
            servers ->
                servers.stream().anyMatch(server -> !server.addresses().isEmpty())
                    ? Mono.just(servers)
                    : Mono.error(
                        new DnsException(
                            DnsException.Reason.NO_ZONE,
                            resolvers(),
                            Messages.text(zone),
                            "",
                            "no address of a name server was found",
                            null)));
  }

  private Mono<NameServer> nameServer(Name name) {
    Mono<List<InetAddress>> four =
        ask(name, Type.A)
            .map(
                answer ->
                    Messages.answers(answer, name, ARecord.class).stream()
                        .map(ARecord::getAddress)
                        .toList());
    Mono<List<InetAddress>> six =
        ask(name, Type.AAAA)
            .map(
                answer ->
                    Messages.answers(answer, name, AAAARecord.class).stream()
                        .map(AAAARecord::getAddress)
                        .toList());
    return Flux.concat(
            four.onErrorReturn(DnsException.class, List.of()),
            six.onErrorReturn(DnsException.class, List.of()))
        .flatMapIterable(found -> found.stream().limit(MOST_ADDRESSES).toList())
        .map(address -> new InetSocketAddress(address, port.applyAsInt(Messages.text(name))))
        .collectList()
        .map(addresses -> new NameServer(Messages.text(name), addresses));
  }

  Mono<List<String>> txt(String name) {
    return Mono.defer(
        () -> {
          Name of = Messages.name(name);
          return ask(of, Type.TXT).map(answer -> Messages.texts(answer, of));
        });
  }

  Mono<List<String>> freshTxt(String name) {
    return canonicalName(name)
        .flatMap(
            at ->
                zone(at)
                    .flatMap(this::nameServers)
                    .flatMapIterable(servers -> servers)
                    .flatMapIterable(NameServer::addresses)
                    .take(MOST_TRIED)
                    .concatMap(
                        address ->
                            txt(at, address).onErrorResume(DnsException.class, e -> Mono.empty()))
                    .next())
        .onErrorResume(DnsException.class, unreachable -> Mono.empty())
        .switchIfEmpty(Mono.defer(() -> txt(name)));
  }

  /** At a server that must be authoritative itself. */
  Mono<List<String>> txt(String name, InetSocketAddress server) {
    return Mono.defer(
        () -> {
          Name of = Messages.name(name);
          return ask(server, of, Type.TXT, false)
              .flatMap(
                  answer ->
                      Messages.isAuthoritative(answer)
                          ? Mono.just(Messages.texts(answer, of))
                          : Mono.error(
                              new DnsException(
                                  DnsException.Reason.NO_ZONE,
                                  DnsTransport.text(server),
                                  "",
                                  Messages.rcode(answer),
                                  "the server is not authoritative for " + name,
                                  null)));
        });
  }

  Mono<Void> untilShown(String name, String value, Duration limit) {
    return canonicalName(name)
        .flatMap(
            at ->
                zone(at)
                    .flatMap(
                        zone ->
                            nameServers(zone)
                                .flatMap(
                                    servers ->
                                        new TxtWait(this, zone, at, value, limit)
                                            .shownBy(servers))));
  }

  /** Climbs the tree (RFC 8659 §3). */
  Mono<CaaSet> caa(String name) {
    return Mono.defer(() -> caa(Messages.name(name)));
  }

  private Mono<CaaSet> caa(Name name) {
    return ask(name, Type.CAA)
        .flatMap(
            answer -> {
              List<CaaSet.Property> found =
                  Messages.answers(answer, name, CAARecord.class).stream()
                      .map(
                          record ->
                              new CaaSet.Property(
                                  (record.getFlags() & CaaSet.CRITICAL) != 0,
                                  record.getTag(),
                                  record.getValue(false)))
                      .toList();
              return !found.isEmpty()
                  ? Mono.just(new CaaSet(Messages.text(name), found))
                  : name.labels() > 2
                      ? caa(new Name(name, 1))
                      : Mono.just(new CaaSet("", List.of()));
            });
  }

  private Mono<Message> ask(Name name, int type) {
    return ask(name, type, 0);
  }

  private Mono<Message> ask(Name name, int type, int time) {
    Mono<Message> answer = ask(resolvers.get(time % resolvers.size()), name, type, true);
    return time + 1 == resolvers.size() * ROUNDS
        ? answer
        : answer.onErrorResume(DnsException.class, next -> ask(name, type, time + 1));
  }

  private Mono<Message> ask(InetSocketAddress server, Name name, int type, boolean recursive) {
    return transport
        .send(server, () -> Messages.question(name, type, recursive), null, false)
        .flatMap(
            answer ->
                Messages.isAnswer(answer)
                    ? Mono.just(answer)
                    : Mono.error(Messages.noAnswer(DnsTransport.text(server), name, type, answer)));
  }

  private String resolvers() {
    return resolvers.stream().map(DnsTransport::text).collect(Collectors.joining(", "));
  }
}
