package io.github.certflux.internal;

import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Problem;
import io.github.certflux.protocol.RenewalInfo;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Reads the resources of RFC 8555 §7.1 from JSON. What does not fit is {@link NotAcme}.
 *
 * @param urls which URLs a request may go to
 */
public record Resources(Urls urls) {
  private static final int LONGEST_TYPE = 200;
  private static final int LONGEST_WORDS = 4096;
  private static final int LONGEST_NAME = 256;

  /** The directory (§7.1.1). */
  public Directory directory(byte[] body) {
    Fields json = Json.read(body, "directory");
    Optional<Fields> meta = json.object("meta");
    return new Directory(
        json.url("newNonce", urls),
        json.url("newAccount", urls),
        json.url("newOrder", urls),
        json.optionalUrl("newAuthz", urls),
        json.url("revokeCert", urls),
        json.url("keyChange", urls),
        json.optionalUrl("renewalInfo", urls),
        new Directory.Meta(
            meta.flatMap(m -> m.link("termsOfService")),
            meta.flatMap(m -> m.link("website")),
            meta.map(m -> m.texts("caaIdentities")).orElseGet(java.util.List::of),
            meta.flatMap(m -> m.flag("externalAccountRequired")).orElse(false),
            meta.map(m -> m.textMap("profiles")).orElseGet(java.util.Map::of)));
  }

  /** An account (§7.1.2). */
  public Account account(byte[] body, URI url) {
    Fields json = Json.read(body, "account");
    return new Account(
        url,
        json.status("status"),
        json.texts("contact"),
        json.flag("termsOfServiceAgreed"),
        json.optionalUrl("orders", urls));
  }

  /** An order (§7.1.3). */
  public Order order(byte[] body, URI url) {
    Fields json = Json.read(body, "order");
    if (json.has("auto-renewal")) {
      throw new NotAcme("an order without auto-renewal: RFC 8739 is not supported", "auto-renewal");
    }
    Status status = json.status("status");
    Optional<URI> certificate = json.optionalUrl("certificate", urls);
    if (status.equals(Status.VALID) && certificate.isEmpty()) {
      throw new NotAcme("a certificate URL in a valid order", "none");
    }
    return new Order(
        url,
        status,
        json.time("expires"),
        json.objects("identifiers").stream().map(Resources::identifier).toList(),
        json.time("notBefore"),
        json.time("notAfter"),
        json.object("error").map(Resources::problem),
        json.urls("authorizations", urls),
        json.url("finalize", urls),
        certificate,
        json.optionalText("profile"),
        json.optionalText("replaces"));
  }

  /** The URL of what was created (§7.3, §7.4). */
  public URI location(AcmeResponse answer) {
    String location = answer.location();
    if (location == null) {
      throw new NotAcme("a Location header with the URL of what was created", "none");
    }
    return urls.check(location, "Location");
  }

  /** When to renew (RFC 9773 §4.2). */
  public RenewalInfo renewalInfo(byte[] body, Optional<Duration> retryAfter) {
    Fields json = Json.read(body, "renewal information");
    Fields window =
        json.object("suggestedWindow")
            .orElseThrow(() -> new NotAcme("a suggestedWindow in renewal information", "none"));
    Instant start = time(window, "start");
    Instant end = time(window, "end");
    if (!end.isAfter(start)) {
      throw new NotAcme("a suggestedWindow that ends after its start", start + " to " + end);
    }
    return RenewalInfo.of(start, end, json.link("explanationURL"), retryAfter);
  }

  private static Instant time(Fields window, String name) {
    return window
        .time(name)
        .orElseThrow(() -> new NotAcme("a time in suggestedWindow." + name, "none"));
  }

  /** An authorization (§7.1.4). */
  public Authorization authorization(byte[] body, URI url) {
    Fields json = Json.read(body, "authorization");
    return new Authorization(
        url,
        json.object("identifier")
            .map(Resources::identifier)
            .orElseThrow(() -> new NotAcme("an identifier in authorization", "none")),
        json.status("status"),
        json.time("expires"),
        json.objects("challenges").stream().map(this::challenge).toList(),
        json.flag("wildcard").orElse(false));
  }

  /** A challenge (§8). */
  public Challenge challenge(byte[] body) {
    return challenge(Json.read(body, "challenge"));
  }

  /** Without a status, which the example of §7.5 leaves out, it is pending. */
  private Challenge challenge(Fields json) {
    return new Challenge(
        NotAcme.printable(json.text("type")),
        json.url("url", urls),
        json.has("status") ? json.status("status") : Status.PENDING,
        json.time("validated"),
        json.object("error").map(Resources::problem),
        json.optionalText("token"),
        json.texts("issuer-domain-names").stream().map(NotAcme::printable).toList());
  }

  private static Identifier identifier(Fields json) {
    return new Identifier(
        NotAcme.printable(json.text("type")), NotAcme.printable(json.text("value"), LONGEST_NAME));
  }

  /** A problem document (RFC 9457). */
  public static Problem problem(byte[] body) {
    return problem(Json.read(body, "problem document"));
  }

  static Problem problem(Fields json) {
    return new Problem(
        json.words("type", LONGEST_TYPE).orElse("about:blank"),
        json.words("title", LONGEST_WORDS),
        json.words("detail", LONGEST_WORDS),
        json.number("status"),
        json.link("instance"),
        json.objects("subproblems").stream().map(Resources::problem).toList(),
        json.object("identifier").map(Resources::identifier),
        json.texts("algorithms"));
  }
}
