package io.github.certflux.dns;

import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * Leaves the writing to a service of one's own, by the protocol {@code httpreq} of lego: a POST of
 * {@code {"fqdn": …, "value": …}} to {@code /present} below its URL, and to {@code /cleanup} for
 * what is to be taken away. The name ends with a dot. Any status from 200 to 299 means that it is
 * done; the body is not read.
 *
 * <p>That is the default mode of {@code httpreq}. Its mode {@code RAW} sends the key authorization
 * in place of a record, and is not offered.
 */
public final class HttpReqProvider implements DnsProvider {
  private final String name;
  private final JsonApi api;
  private final Changes changes;

  private HttpReqProvider(
      URI endpoint, Map<String, String> headers, List<String> secrets, ApiSettings settings) {
    name = settings.nameOr("httpreq:" + endpoint.getRawAuthority());
    api =
        new JsonApi(
            "the httpreq service",
            endpoint,
            settings,
            headers,
            secrets,
            body -> NotAcme.printable(new String(body, StandardCharsets.UTF_8).strip()));
    changes = settings.changes();
  }

  /**
   * A provider that needs no password. It loads what it needs: not for an event loop.
   *
   * @param endpoint the URL that {@code /present} is added to
   * @param settings proxy, roots, patience
   * @return a provider that has sent nothing yet
   * @throws IllegalArgumentException if no request may go there
   */
  public static HttpReqProvider create(URI endpoint, ApiSettings settings) {
    return new HttpReqProvider(endpoint, Map.of(), List.of(), settings);
  }

  /**
   * The same, with basic authentication (RFC 7617).
   *
   * @param endpoint the URL that {@code /present} is added to
   * @param user the user, without a colon
   * @param password the password
   * @param settings proxy, roots, patience
   * @return a provider that has sent nothing yet
   * @throws IllegalArgumentException if no request may go there, or for a user with a colon
   */
  public static HttpReqProvider create(
      URI endpoint, String user, String password, ApiSettings settings) {
    if (user.indexOf(':') >= 0) {
      throw new IllegalArgumentException("a user of basic authentication has no colon: " + user);
    }
    String credentials =
        Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    return new HttpReqProvider(
        endpoint,
        Map.of("Authorization", "Basic " + credentials),
        List.of(credentials, password),
        settings);
  }

  /** {@inheritDoc} */
  @Override
  public String name() {
    return name;
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> add(TxtRecord record) {
    return changes.of(record.name(), change -> posted(change, "/present", record).then());
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> remove(TxtRecord record) {
    return changes.of(record.name(), change -> posted(change, "/cleanup", record).then());
  }

  private Mono<AcmeResponse> posted(Change change, String path, TxtRecord record) {
    return api.post(
        change, path, Json.object().put("fqdn", record.name() + ".").put("value", record.value()));
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
