package io.github.certflux.dns;

import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes to domains at deSEC, by its API (version 1). A TTL there is the domain's {@code
 * minimum_ttl} at least, an hour as a rule.
 *
 * <p>deSEC knows sets of values alone, so that a change reads the set and writes it again, and
 * counts writes: 2 in a second, 15 in a minute for a domain. So a provider makes one change at a
 * time, and waits as it is told. Two processes that change one name in the same moment can undo
 * each other's change: prove a name in one process.
 */
public final class DesecProvider implements DnsProvider {
  private static final URI API = URI.create("https://desec.io/api/v1");
  private static final long LONGEST_TTL = 86_400;
  private static final int USUAL_MINIMUM_TTL = 3_600;
  private static final Pattern NAME = Pattern.compile("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*");
  private static final String ALL = "";
  private static final int NOT_FOUND = 404;

  private final String name;
  private final JsonApi api;
  private final Changes changes;

  private DesecProvider(URI base, String token, ApiSettings settings) {
    name = settings.nameOr("desec");
    api =
        new JsonApi(
            "deSEC",
            base,
            settings,
            Map.of("Authorization", "Token " + token),
            List.of(token),
            body -> NotAcme.printable(Json.read(body, "deSEC").text("detail")));
    changes = settings.changes();
  }

  /**
   * A provider with a token. It loads what it needs: not for an event loop.
   *
   * @param token a token of an account; a policy of the account may bound it to TXT records
   * @return a provider that has sent nothing yet
   */
  public static DesecProvider create(String token) {
    return create(token, ApiSettings.defaults());
  }

  /**
   * The same, with other settings.
   *
   * @param token a token of an account
   * @param settings proxy, roots, patience
   * @return a provider that has sent nothing yet
   */
  public static DesecProvider create(String token, ApiSettings settings) {
    return create(API, token, settings);
  }

  /**
   * The same, at a deSEC stack of one's own.
   *
   * @param api the URL that the API's paths are added to
   * @param token a token of an account
   * @param settings proxy, roots, patience
   * @return a provider that has sent nothing yet
   */
  public static DesecProvider create(URI api, String token, ApiSettings settings) {
    return new DesecProvider(api, token, settings);
  }

  /**
   * Where a record goes.
   *
   * @param subname what stands before the domain's name; empty for the domain itself
   */
  private record Place(String domain, String subname, int minimumTtl) {}

  /** {@inheritDoc} */
  @Override
  public String name() {
    return name;
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> add(TxtRecord record) {
    return changed(
        record,
        values -> {
          List<String> all = new ArrayList<>(values);
          all.add(TxtText.quoted(record.value()));
          return all;
        },
        false);
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> remove(TxtRecord record) {
    return changed(
        record, values -> values.stream().filter(value -> !holds(value, record)).toList(), true);
  }

  private static boolean holds(String value, TxtRecord record) {
    return TxtText.value(value).equals(record.value());
  }

  /**
   * Reads the set, and writes it again.
   *
   * @param there whether the set is to be changed where the value is there, or where it is not
   */
  private Mono<Void> changed(TxtRecord record, UnaryOperator<List<String>> change, boolean there) {
    return changes.of(
        ALL,
        turn ->
            place(turn, record)
                .flatMap(
                    place ->
                        values(turn, place)
                            .filter(
                                values ->
                                    values.stream().anyMatch(value -> holds(value, record))
                                        == there)
                            .flatMap(values -> write(turn, place, record, change.apply(values))))
                .then());
  }

  private Mono<Place> place(Change change, TxtRecord record) {
    return api.get(change, "/domains/?owns_qname=" + JsonApi.encoded(record.name()))
        .map(
            answer ->
                api.read(change, answer, body -> Json.readAll(body, "domains")).stream()
                    .findFirst()
                    .map(domain -> api.read(change, answer, body -> place(domain, record)))
                    .orElseThrow(
                        () ->
                            api.failure(
                                change,
                                Reason.NO_ZONE,
                                "",
                                "deSEC has no domain of this account for " + record.name(),
                                null)))
        .doOnNext(place -> change.zone(place.domain()));
  }

  private static Place place(Fields domain, TxtRecord record) {
    String zone = domain.text("name");
    String qname = record.name();
    if (!NAME.matcher(zone).matches() || !("." + qname).endsWith("." + zone)) {
      throw new NotAcme("the domain of " + qname, zone);
    }
    int minimum = domain.number("minimum_ttl");
    return new Place(
        zone,
        qname.substring(0, Math.max(0, qname.length() - zone.length() - 1)),
        minimum > 0 ? minimum : USUAL_MINIMUM_TTL);
  }

  /** The values of the set as they are there; none where there is no set. */
  private Mono<List<String>> values(Change change, Place place) {
    String subname = place.subname().isEmpty() ? "@" : JsonApi.encoded(place.subname());
    return api.get(change, sets(place) + subname + "/TXT/", NOT_FOUND)
        .map(
            answer ->
                answer.status() == NOT_FOUND
                    ? List.of()
                    : api.read(change, answer, body -> Json.read(body, "set").texts("records")));
  }

  /** Writes the whole set, be it there or not; without values, it is deleted. */
  private Mono<AcmeResponse> write(
      Change change, Place place, TxtRecord record, List<String> values) {
    long ttl = Math.max(place.minimumTtl(), Math.min(LONGEST_TTL, record.ttl().toSeconds()));
    ArrayNode sets = Json.array();
    ObjectNode set =
        sets.addObject().put("subname", place.subname()).put("type", "TXT").put("ttl", ttl);
    values.forEach(set.putArray("records")::add);
    return api.patch(change, sets(place), sets);
  }

  private static String sets(Place place) {
    return "/domains/" + place.domain() + "/rrsets/";
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> disposeLater() {
    return api.disposeLater();
  }

  @Override
  public String toString() {
    return name;
  }
}
