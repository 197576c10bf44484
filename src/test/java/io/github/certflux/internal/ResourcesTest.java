package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The RFCs' own examples, and what newer servers may send. */
class ResourcesTest {
  private static final URI URL = URI.create("https://example.com/acme/thing/1");
  private static final Resources RESOURCES =
      new Resources(Urls.of(URI.create("https://example.com/directory"), false));

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** RFC 8555 §7.1.1. */
  @Test
  void directory() {
    Directory directory =
        RESOURCES.directory(
            json(
                """
                {
                  "newNonce": "https://example.com/acme/new-nonce",
                  "newAccount": "https://example.com/acme/new-account",
                  "newOrder": "https://example.com/acme/new-order",
                  "newAuthz": "https://example.com/acme/new-authz",
                  "revokeCert": "https://example.com/acme/revoke-cert",
                  "keyChange": "https://example.com/acme/key-change",
                  "meta": {
                    "termsOfService": "https://example.com/acme/terms/2017-5-30",
                    "website": "https://www.example.com/",
                    "caaIdentities": ["example.com"],
                    "externalAccountRequired": false
                  }
                }
                """));

    assertThat(directory.newAuthz()).contains(URI.create("https://example.com/acme/new-authz"));
    assertThat(directory.renewalInfo()).isEmpty();
    assertThat(directory.meta().caaIdentities()).containsExactly("example.com");
    assertThat(directory.meta().externalAccountRequired()).isFalse();
    assertThat(directory.meta().profiles()).isEmpty();
  }

  /** RFC 8555 §7.1.2. */
  @Test
  void account() {
    Account account =
        RESOURCES.account(
            json(
                """
                {
                  "status": "valid",
                  "contact": ["mailto:cert-admin@example.org", "mailto:admin@example.org"],
                  "termsOfServiceAgreed": true,
                  "orders": "https://example.com/acme/orders/rzGoeA"
                }
                """),
            URL);

    assertThat(account.status()).isEqualTo(Status.VALID);
    assertThat(account.contacts()).hasSize(2);
    assertThat(account.orders()).contains(URI.create("https://example.com/acme/orders/rzGoeA"));
  }

  /** RFC 8555 §7.1.3. */
  @Test
  void order() {
    Order order =
        RESOURCES.order(
            json(
                """
                {
                  "status": "valid",
                  "expires": "2016-01-20T14:09:07.99Z",
                  "identifiers": [
                    {"type": "dns", "value": "www.example.org"},
                    {"type": "dns", "value": "example.org"}
                  ],
                  "notBefore": "2016-01-01T00:00:00Z",
                  "notAfter": "2016-01-08T00:00:00Z",
                  "authorizations": [
                    "https://example.com/acme/authz/PAniVnsZcis",
                    "https://example.com/acme/authz/r4HqLzrSrpI"
                  ],
                  "finalize": "https://example.com/acme/order/TOlocE8rfgo/finalize",
                  "certificate": "https://example.com/acme/cert/mAt3xBGaobw"
                }
                """),
            URL);

    assertThat(order.expires()).contains(Instant.parse("2016-01-20T14:09:07.99Z"));
    assertThat(order.identifiers())
        .containsExactly(Identifier.dns("www.example.org"), Identifier.dns("example.org"));
    assertThat(order.certificate())
        .contains(URI.create("https://example.com/acme/cert/mAt3xBGaobw"));
  }

  /** RFC 8555 §7.1.4. */
  @Test
  void authorization() {
    Authorization authorization =
        RESOURCES.authorization(
            json(
                """
                {
                  "status": "valid",
                  "expires": "2015-03-01T14:09:07.99Z",
                  "identifier": {"type": "dns", "value": "www.example.org"},
                  "challenges": [
                    {
                      "url": "https://example.com/acme/chall/prV_B7yEyA4",
                      "type": "http-01",
                      "status": "valid",
                      "token": "DGyRejmCefe7v4NfDGDKfA",
                      "validated": "2014-12-01T12:05:58.16Z"
                    }
                  ],
                  "wildcard": false
                }
                """),
            URL);

    assertThat(authorization.challenges())
        .singleElement()
        .satisfies(
            challenge -> {
              assertThat(challenge.type()).isEqualTo(Challenge.HTTP_01);
              assertThat(challenge.token()).contains("DGyRejmCefe7v4NfDGDKfA");
              assertThat(challenge.validated()).contains(Instant.parse("2014-12-01T12:05:58.16Z"));
            });
  }

  /** RFC 8738 §3. */
  @Test
  void authorizationOfAnAddress() {
    Authorization authorization =
        RESOURCES.authorization(
            json(
                """
                {"status": "pending", "identifier": {"type": "ip", "value": "2001:db8::1"}}
                """),
            URL);

    assertThat(authorization.identifier()).isEqualTo(new Identifier("ip", "2001:db8::1"));
  }

  /** RFC 8555 §6.7.1. */
  @Test
  void problemWithSubproblems() {
    Problem problem =
        Resources.problem(
            json(
                """
                {
                  "type": "urn:ietf:params:acme:error:malformed",
                  "detail": "Some of the identifiers requested were rejected",
                  "subproblems": [
                    {
                      "type": "urn:ietf:params:acme:error:malformed",
                      "detail": "Invalid underscore in DNS name \\"_example.org\\"",
                      "identifier": {"type": "dns", "value": "_example.org"}
                    },
                    {
                      "type": "urn:ietf:params:acme:error:rejectedIdentifier",
                      "detail": "This CA will not issue for \\"example.net\\"",
                      "identifier": {"type": "dns", "value": "example.net"}
                    }
                  ]
                }
                """));

    assertThat(problem.byIdentifier())
        .containsOnlyKeys(Identifier.dns("_example.org"), Identifier.dns("example.net"));
    assertThat(problem.byIdentifier().get(Identifier.dns("example.net")).is("rejectedIdentifier"))
        .isTrue();
    assertThat(problem).asString().contains("rejectedIdentifier for example.net: This CA will not");
  }

  /** They stand in logs and messages, where one line is one event. */
  @Test
  void noLineIsForgedByTheServersWords() {
    String forged = "a\\nb\\u0085c\\u2028d\\u2029e\\u001b[2J";
    Problem problem =
        Resources.problem(
            json(
                """
                {"type": "x:%1$s", "title": "%1$s", "detail": "%1$s", "subproblems": [
                  {"identifier": {"type": "dns", "value": "%1$s"}}]}
                """
                    .formatted(forged)));
    Authorization authorization =
        RESOURCES.authorization(
            json(
                """
                {"status": "%1$s", "identifier": {"type": "%1$s", "value": "%1$s"}}
                """
                    .formatted(forged)),
            URL);

    assertThat(problem.detail()).contains("a b c d e [2J");
    assertThat(problem + "" + authorization).doesNotContainPattern("[\\p{Cc}\u2028\u2029]");
  }

  @Test
  void theServersWordsAreCut() {
    String many = "x".repeat(10_000);
    Problem problem =
        Resources.problem(
            json(
                """
                {"type": "%1$s", "title": "%1$s", "detail": "%1$s",
                 "identifier": {"type": "dns", "value": "%1$s"}}
                """
                    .formatted(many)));

    assertThat(problem.type()).hasSize(201).endsWith("…");
    assertThat(problem.title().orElseThrow()).hasSize(4097);
    assertThat(problem.detail().orElseThrow()).hasSize(4097);
    assertThat(problem.identifier().orElseThrow().value()).hasSize(257);
  }

  /** RFC 8555 §7.3.3. */
  @Test
  void problemThatAPersonMustActOn() {
    Problem problem =
        Resources.problem(
            json(
                """
                {
                  "type": "urn:ietf:params:acme:error:userActionRequired",
                  "detail": "Terms of service have changed",
                  "instance": "https://example.com/acme/agreement/?token=W8Ih3PswD-8"
                }
                """));

    assertThat(problem.instance())
        .contains(URI.create("https://example.com/acme/agreement/?token=W8Ih3PswD-8"));
  }

  /** RFC 9773 §4.2. */
  @Test
  void renewalInfo() {
    RenewalInfo info =
        RESOURCES.renewalInfo(
            json(
                """
                {
                  "suggestedWindow": {
                    "start": "2025-01-02T04:00:00Z",
                    "end": "2025-01-03T04:00:00Z"
                  },
                  "explanationURL": "https://acme.example.com/docs/ari"
                }
                """),
            Optional.of(Duration.ofHours(6)));

    assertThat(info.windowStart()).isEqualTo(Instant.parse("2025-01-02T04:00:00Z"));
    assertThat(info.windowEnd()).isEqualTo(Instant.parse("2025-01-03T04:00:00Z"));
    assertThat(info.explanationUrl()).contains(URI.create("https://acme.example.com/docs/ari"));
    assertThat(info.checkAgain()).isEqualTo(Duration.ofHours(6));
  }

  /** RFC 9773 §4.2: as though there had been no answer. */
  @Test
  void aWindowThatEndsBeforeItsStartIsNone() {
    byte[] backwards =
        json(
            """
            {"suggestedWindow": {"start": "2025-01-03T04:00:00Z", "end": "2025-01-02T04:00:00Z"}}
            """);

    assertThatThrownBy(() -> RESOURCES.renewalInfo(backwards, Optional.empty()))
        .isInstanceOf(NotAcme.class);
  }

  /** RFC 8739 §3.1.1. */
  @Test
  void anOrderThatRenewsItselfIsSaidToBeUnsupported() {
    byte[] star =
        json(
            """
            {
              "status": "pending",
              "identifiers": [{"type": "dns", "value": "example.com"}],
              "auto-renewal": {"end-date": "2020-01-20T00:00:00Z", "lifetime": 345600},
              "authorizations": [],
              "finalize": "https://example.com/acme/order/ogfr8EcolOT/finalize"
            }
            """);

    assertThatThrownBy(() -> RESOURCES.order(star, URL))
        .isInstanceOfSatisfying(
            NotAcme.class, e -> assertThat(e.expected()).contains("RFC 8739 is not supported"));
  }

  @Test
  void whatANewerServerSaysIsKeptAsItCame() {
    Authorization authorization =
        RESOURCES.authorization(
            json(
                """
                {
                  "status": "quarantined",
                  "identifier": {"type": "email", "value": "a@example.org", "more": 1},
                  "surprise": {"a": [1, null]},
                  "challenges": [
                    {"type": "onion-csr-01", "url": "https://example.com/c/1", "status": "pending",
                     "nonce": "x", "authKey": {}},
                    {"type": "dns-account-01", "url": "https://example.com/c/2", "status": "pending",
                     "token": "t"},
                    {"type": "newer-99", "url": "https://example.com/c/3", "status": "pondering"}
                  ]
                }
                """),
            URL);

    assertThat(authorization.status()).hasToString("quarantined");
    assertThat(authorization.identifier().type()).isEqualTo("email");
    assertThat(authorization.challenges())
        .extracting(Challenge::type)
        .containsExactly(Challenge.ONION_CSR_01, Challenge.DNS_ACCOUNT_01, "newer-99");
    assertThat(authorization.challenges().get(2).status()).isEqualTo(new Status("pondering"));
    assertThat(List.of(Status.PENDING, Status.VALID)).doesNotContain(authorization.status());
  }
}
