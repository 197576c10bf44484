package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeUserActionException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The RFCs' examples of whole answers, with their headers, and of what is sent. */
class RfcExamplesTest {
  private static final URI URL = URI.create("https://example.com/acme/thing/1");
  private static final String INDEX = "<https://example.com/acme/directory>;rel=\"index\"";
  private static final Resources RESOURCES =
      new Resources(Urls.of(URI.create("https://example.com/acme/directory"), false));

  /** RFC 8555 §7.1.2.1. */
  @Test
  void aPageOfOrdersAndWhereTheNextIs() {
    AcmeResponse answer =
        answer(
            200,
            """
            {
              "orders": [
                "https://example.com/acme/order/TOlocE8rfgo",
                "https://example.com/acme/order/4E16bbL5iSw",
                "https://example.com/acme/order/neBHYLfw0mg"
              ]
            }
            """,
            INDEX,
            "<https://example.com/acme/orders/rzGoeA?cursor=2>;rel=\"next\"");

    assertThat(Json.read(answer.body(), "orders list").urls("orders", RESOURCES.urls()))
        .hasSize(3)
        .contains(URI.create("https://example.com/acme/order/4E16bbL5iSw"));
    assertThat(Links.of(answer).targets("next"))
        .containsExactly("https://example.com/acme/orders/rzGoeA?cursor=2");
  }

  /** RFC 8555 §7.3.3. */
  @Test
  void changedTermsAreAnErrorWithBothLinks() {
    AcmeResponse answer =
        answer(
            403,
            """
            {
              "type": "urn:ietf:params:acme:error:userActionRequired",
              "detail": "Terms of service have changed",
              "instance": "https://example.com/acme/agreement/?token=W8Ih3PswD-8"
            }
            """,
            "<https://example.com/acme/terms/2017-6-02>;rel=\"terms-of-service\"");

    assertThat(Failure.answered(AcmeOperation.NEW_ORDER, URL, answer, Instant.EPOCH).exception(1))
        .isInstanceOfSatisfying(
            AcmeUserActionException.class,
            error -> {
              assertThat(error.termsOfService())
                  .contains(URI.create("https://example.com/acme/terms/2017-6-02"));
              assertThat(error.problem().instance())
                  .contains(URI.create("https://example.com/acme/agreement/?token=W8Ih3PswD-8"));
            });
  }

  /** RFC 8555 §7.4. */
  @Test
  void aNewOrder() {
    Order order =
        RESOURCES.order(
            body(
                """
                {
                  "status": "pending",
                  "expires": "2016-01-05T14:09:07.99Z",
                  "notBefore": "2016-01-01T00:00:00Z",
                  "notAfter": "2016-01-08T00:00:00Z",
                  "identifiers": [
                    { "type": "dns", "value": "www.example.org" },
                    { "type": "dns", "value": "example.org" }
                  ],
                  "authorizations": [
                    "https://example.com/acme/authz/PAniVnsZcis",
                    "https://example.com/acme/authz/r4HqLzrSrpI"
                  ],
                  "finalize": "https://example.com/acme/order/TOlocE8rfgo/finalize"
                }
                """),
            URL);

    assertThat(order.status()).isEqualTo(Status.PENDING);
    assertThat(order.authorizations()).hasSize(2);
    assertThat(order.certificate()).isEmpty();
    assertThat(order.notAfter()).contains(Instant.parse("2016-01-08T00:00:00Z"));
  }

  /** RFC 8555 §7.5, where the challenges say no status although §8 requires one. */
  @Test
  void anAuthorizationWhoseChallengesSayNoStatus() {
    Authorization authorization =
        RESOURCES.authorization(
            body(
                """
                {
                  "status": "pending",
                  "expires": "2016-01-02T14:09:30Z",
                  "identifier": {
                    "type": "dns",
                    "value": "www.example.org"
                  },
                  "challenges": [
                    {
                      "type": "http-01",
                      "url": "https://example.com/acme/chall/prV_B7yEyA4",
                      "token": "DGyRejmCefe7v4NfDGDKfA"
                    },
                    {
                      "type": "dns-01",
                      "url": "https://example.com/acme/chall/Rg5dV14Gh1Q",
                      "token": "DGyRejmCefe7v4NfDGDKfA"
                    }
                  ]
                }
                """),
            URL);

    assertThat(authorization.identifier()).isEqualTo(Identifier.dns("www.example.org"));
    assertThat(authorization.challenges())
        .extracting(Challenge::type)
        .containsExactly(Challenge.HTTP_01, Challenge.DNS_01);
    assertThat(authorization.challenges())
        .extracting(Challenge::status)
        .containsOnly(Status.PENDING);
  }

  /** RFC 8555 §8.3 and §8.4, RFC 8737 §3. */
  @ParameterizedTest
  @CsvSource({
    "http-01, prV_B7yEyA4, LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
    "dns-01, Rg5dV14Gh1Q, evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
    "tls-alpn-01, prV_B7yEyA4, evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
  })
  void aChallenge(String type, String id, String token) {
    Challenge challenge =
        RESOURCES.challenge(
            body(
                """
                {
                  "type": "%s",
                  "url": "https://example.com/acme/chall/%s",
                  "status": "pending",
                  "token": "%s"
                }
                """
                    .formatted(type, id, token)));

    assertThat(challenge.type()).isEqualTo(type);
    assertThat(challenge.url()).hasToString("https://example.com/acme/chall/" + id);
    assertThat(challenge.status()).isEqualTo(Status.PENDING);
    assertThat(challenge.token()).contains(token);
  }

  /** RFC 8555 §7.6. */
  @Test
  void aRevocationThatIsRefused() {
    AcmeResponse answer =
        answer(
            403,
            """
            {
              "type": "urn:ietf:params:acme:error:unauthorized",
              "detail": "No authorization provided for name example.org"
            }
            """,
            INDEX);

    assertThat(
            Failure.answered(AcmeOperation.REVOKE_CERTIFICATE, URL, answer, Instant.EPOCH)
                .exception(1))
        .hasMessageContaining("unauthorized: No authorization provided for name example.org");
  }

  /** RFC 9773 §4.1 and §5. */
  @Test
  void anOrderThatReplacesACertificate() {
    CertificateId id = new CertificateId("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
    Order order =
        RESOURCES.order(
            body(
                """
                {
                  "status": "pending",
                  "identifiers": [{ "type": "dns", "value": "example.com" }],
                  "authorizations": ["https://example.com/acme/authz/1"],
                  "finalize": "https://example.com/acme/order/1/finalize",
                  "replaces": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
                }
                """),
            URL);

    assertThat(order.replaces()).contains(id.value());
  }

  private static byte[] body(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static AcmeResponse answer(int status, String json, String... links) {
    return new AcmeResponse(
        status, null, null, null, null, "application/json", List.of(links), body(json));
  }
}
