package io.github.certflux.dns;

import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Writes to zones at Cloudflare, by its API (version 4). The API token needs the permissions {@code
 * Zone: Read} and {@code DNS: Edit} for them. TTLs are one minute to a day there.
 *
 * <p>An addition takes a request for each parent of the name until its zone is found, and one more.
 * Cloudflare allows 1,200 requests in five minutes and then asks to wait for as long as that:
 * {@link Reason#LIMITED}.
 */
public final class CloudflareProvider implements DnsProvider {
  private static final URI API = URI.create("https://api.cloudflare.com/client/v4");
  private static final int PAGE = 100;
  private static final int MOST_PAGES = 100;
  private static final int LEAST_TTL = 60;
  private static final int LONGEST_TTL = 86_400;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** The record exists already, in two wordings. */
  private static final List<Integer> EXISTS = List.of(81_057, 81_058);

  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;

  private final String name;
  private final JsonApi api;
  private final Changes changes;

  private CloudflareProvider(URI base, String token, ApiSettings settings) {
    name = settings.nameOr("cloudflare");
    api =
        new JsonApi(
            "Cloudflare",
            base,
            settings,
            Map.of("Authorization", "Bearer " + token),
            List.of(token),
            CloudflareProvider::words);
    changes = settings.changes();
  }

  /**
   * A provider with an API token. It loads what it needs: not for an event loop.
   *
   * @param token the token, not the global API key
   * @return a provider that has sent nothing yet
   */
  public static CloudflareProvider create(String token) {
    return create(token, ApiSettings.defaults());
  }

  /**
   * The same, with other settings.
   *
   * @param token the token, not the global API key
   * @param settings proxy, roots, patience
   * @return a provider that has sent nothing yet
   */
  public static CloudflareProvider create(String token, ApiSettings settings) {
    return create(API, token, settings);
  }

  /**
   * The same, elsewhere, as for tests.
   *
   * @param api the URL that the API's paths are added to
   * @param token the token
   * @param settings proxy, roots, patience
   * @return a provider that has sent nothing yet
   */
  public static CloudflareProvider create(URI api, String token, ApiSettings settings) {
    return new CloudflareProvider(api, token, settings);
  }

  /** A zone: its name, and what Cloudflare calls it. */
  private record Zone(String name, String id) {}

  /** {@inheritDoc} */
  @Override
  public String name() {
    return name;
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> add(TxtRecord record) {
    return changes.of(
        record.name(), change -> zone(change, record).flatMap(zone -> add(change, zone, record)));
  }

  private Mono<Void> add(Change change, Zone zone, TxtRecord record) {
    long ttl = Math.max(LEAST_TTL, Math.min(LONGEST_TTL, record.ttl().toSeconds()));
    String path = records(zone);
    return api.post(
            change,
            path,
            Json.object()
                .put("type", "TXT")
                .put("name", record.name())
                .put("content", TxtText.quoted(record.value()))
                .put("ttl", ttl),
            BAD_REQUEST)
        .flatMap(
            answer -> {
              if (answer.status() != BAD_REQUEST) {
                api.read(change, answer, CloudflareProvider::succeeded);
              } else if (api.read(change, answer, CloudflareProvider::codes).stream()
                  .noneMatch(EXISTS::contains)) {
                return Mono.error(api.refusal(change, HttpMethod.POST, path, answer));
              }
              return Mono.empty();
            });
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> remove(TxtRecord record) {
    return changes.of(
        record.name(),
        change ->
            zone(change, record)
                .flatMap(
                    zone ->
                        found(change, zone, record, 1)
                            .concatMap(
                                id ->
                                    api.delete(
                                        change,
                                        records(zone) + "/" + id,
                                        NOT_FOUND)) // somebody else was faster
                            .then()));
  }

  /** The records that hold the value, of this page and those after it. */
  private Flux<String> found(Change change, Zone zone, TxtRecord record, int page) {
    String path =
        records(zone)
            + "?type=TXT&name="
            + JsonApi.encoded(record.name())
            + "&per_page="
            + PAGE
            + "&page="
            + page;
    return api.get(change, path)
        .map(answer -> api.read(change, answer, CloudflareProvider::succeeded))
        .flatMapMany(
            json -> {
              List<String> here =
                  json.objects("result").stream()
                      .filter(one -> TxtText.value(one.text("content")).equals(record.value()))
                      .map(CloudflareProvider::id)
                      .toList();
              int pages =
                  json.object("result_info").map(info -> info.number("total_pages")).orElse(1);
              return page < Math.min(pages, MOST_PAGES)
                  ? found(change, zone, record, page + 1).startWith(here)
                  : Flux.fromIterable(here);
            });
  }

  /** The zone of the longest name that has one. */
  private Mono<Zone> zone(Change change, TxtRecord record) {
    List<String> candidates = new ArrayList<>();
    for (String at = record.name(); at.contains("."); at = at.substring(at.indexOf('.') + 1)) {
      candidates.add(at);
    }
    return Flux.fromIterable(candidates)
        .concatMap(candidate -> zone(change, candidate), 1)
        .next()
        .doOnNext(zone -> change.zone(zone.name()))
        .switchIfEmpty(
            Mono.error(
                () ->
                    api.failure(
                        change,
                        Reason.NO_ZONE,
                        "",
                        "Cloudflare shows no zone for "
                            + record.name()
                            + ": is it in another account, or not the token's to read?",
                        null)));
  }

  /** One that is in use, rather than one that waits for its name servers. */
  private Mono<Zone> zone(Change change, String candidate) {
    return api.get(change, "/zones?per_page=50&name=" + JsonApi.encoded(candidate))
        .flatMap(
            answer ->
                Mono.justOrEmpty(
                    api.read(
                        change,
                        answer,
                        body -> {
                          List<Fields> zones = succeeded(body).objects("result");
                          return zones.stream()
                              .filter(
                                  zone -> zone.optionalText("status").orElse("").equals("active"))
                              .findFirst()
                              .or(() -> zones.stream().findFirst())
                              .map(zone -> new Zone(candidate, id(zone)));
                        })));
  }

  private static String records(Zone zone) {
    return "/zones/" + zone.id() + "/dns_records";
  }

  /** It becomes a part of a path. */
  private static String id(Fields json) {
    String id = json.text("id");
    if (!ID.matcher(id).matches()) {
      throw new NotAcme("an identifier of letters and digits", id);
    }
    return id;
  }

  private static Fields succeeded(byte[] body) {
    Fields json = Json.read(body, "cloudflare");
    if (!json.flag("success").orElse(false)) {
      throw new NotAcme("success", words(json));
    }
    return json;
  }

  private static List<Integer> codes(byte[] body) {
    return Json.read(body, "cloudflare").objects("errors").stream()
        .map(error -> error.number("code"))
        .toList();
  }

  private static String words(byte[] body) {
    return words(Json.read(body, "cloudflare"));
  }

  /** {@code Authentication error (10000)}; what lies below comes in a chain. */
  private static String words(Fields json) {
    return json.objects("errors").stream()
        .flatMap(error -> Stream.concat(Stream.of(error), error.objects("error_chain").stream()))
        .map(
            error ->
                NotAcme.printable(error.optionalText("message").orElse("no message"))
                    + " ("
                    + error.number("code")
                    + ")")
        .collect(Collectors.joining(", "));
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
