package io.github.certflux.dns;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import reactor.core.publisher.Mono;

/** In which zone a name is: who has it says so in the SOA record, also of what is not there. */
final class ZoneSearch {
  private final String server;
  private final boolean direct;
  private final Function<Name, Mono<Message>> soa;

  /**
   * A search.
   *
   * @param server who is asked
   * @param direct whether that is to have the zone itself, and does not ask others
   * @param soa asks for the SOA record of a name; answers alone, no failures
   */
  ZoneSearch(String server, boolean direct, Function<Name, Mono<Message>> soa) {
    this.server = server;
    this.direct = direct;
    this.soa = soa;
  }

  /** Signals {@link DnsException.Reason#NO_ZONE} if there is none below the root. */
  Mono<Name> zoneOf(Name name) {
    return zoneOf(name, name);
  }

  private Mono<Name> zoneOf(Name name, Name at) {
    if (at.equals(Name.root)) {
      return Mono.error(noZone("NOERROR", "there is no zone of " + Messages.text(name)));
    }
    return soa.apply(at)
        .flatMap(
            answer -> {
              if (direct && !Messages.isAuthoritative(answer)) {
                return Mono.error(noZone(Messages.rcode(answer), delegated(answer, name)));
              }
              Optional<Name> zone = zone(answer, at);
              return zone.isPresent() ? found(name, zone.get(), answer) : zoneOf(name, parent(at));
            });
  }

  private Mono<Name> found(Name name, Name zone, Message answer) {
    return zone.equals(Name.root)
        ? Mono.error(noZone(Messages.rcode(answer), "there is no zone of " + Messages.text(name)))
        : Mono.just(zone);
  }

  /** Of an alias, the answer tells where that leads to. */
  private static Optional<Name> zone(Message answer, Name at) {
    if (!Messages.records(answer, Section.ANSWER, at, SOARecord.class).isEmpty()) {
      return Optional.of(at);
    }
    if (Messages.alias(answer, at).isPresent()) {
      return Optional.empty();
    }
    return answer.getSection(Section.AUTHORITY).stream()
        .filter(SOARecord.class::isInstance)
        .map(org.xbill.DNS.Record::getName)
        .filter(at::subdomain)
        .findFirst();
  }

  private static Name parent(Name name) {
    return new Name(name, 1);
  }

  private static String delegated(Message answer, Name name) {
    List<String> to =
        answer.getSection(Section.AUTHORITY).stream()
            .filter(NSRecord.class::isInstance)
            .map(record -> Messages.text(((NSRecord) record).getTarget()))
            .distinct()
            .limit(4)
            .toList();
    return "the server is not authoritative for "
        + Messages.text(name)
        + (to.isEmpty() ? "" : ", which is delegated to " + String.join(", ", to));
  }

  private DnsException noZone(String rcode, String what) {
    return new DnsException(DnsException.Reason.NO_ZONE, server, "", rcode, what, null);
  }
}
