package io.github.certflux.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Problem;
import java.net.URI;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whatever a server answers is a value, or the error that the API promises. In a build each target
 * sees its seeds alone, the files below {@code AnswerFuzzTestInputs}; {@code mvn test
 * -Dfuzz=directory} looks for more. What it finds becomes a seed.
 */
class AnswerFuzzTest {
  private static final URI URL = URI.create("https://ca.test/acme/1");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Urls URLS = Urls.of(URL, false);
  private static final Resources RESOURCES = new Resources(URLS);
  private static final List<Identifier> NAMES = List.of(Identifier.dns("example.org"));
  private static final PublicKey KEY = RfcKeys.p256().getPublic();

  @FuzzTest
  @DictionaryEntries({
    "\"newNonce\":", "\"newAccount\":", "\"newOrder\":", "\"newAuthz\":", "\"revokeCert\":",
    "\"keyChange\":", "\"renewalInfo\":", "\"meta\":{", "\"termsOfService\":", "\"website\":",
    "\"caaIdentities\":[", "\"externalAccountRequired\":", "\"profiles\":{", "https://", "null"
  })
  void directory(byte[] body) {
    reads(body, RESOURCES::directory, AnswerFuzzTest::isSafe);
  }

  private static void isSafe(Directory directory) {
    Stream.of(
            Stream.of(directory.newNonce(), directory.newAccount(), directory.newOrder()),
            Stream.of(directory.revokeCert(), directory.keyChange()),
            directory.newAuthz().stream(),
            directory.renewalInfo().stream())
        .flatMap(urls -> urls)
        .forEach(AnswerFuzzTest::isSafe);
  }

  private static void isSafe(URI url) {
    assertThat(url.getScheme()).isEqualToIgnoringCase("https");
    assertThat(url.getHost()).isNotEmpty();
    assertThat(Urls.isLocal(url.getHost())).isFalse();
  }

  @FuzzTest
  @DictionaryEntries({
    "\"status\":",
    "\"expires\":",
    "\"identifiers\":[",
    "\"type\":",
    "\"value\":",
    "\"notBefore\":",
    "\"notAfter\":",
    "\"error\":{",
    "\"authorizations\":[",
    "\"finalize\":",
    "\"certificate\":",
    "\"profile\":",
    "\"replaces\":",
    "\"auto-renewal\":",
    "\"valid\"",
    "2016-01-20T14:09:07.99Z"
  })
  void order(byte[] body) {
    reads(body, input -> RESOURCES.order(input, URL), AnswerFuzzTest::isSafe);
  }

  private static void isSafe(Order order) {
    isSafe(order.finalizeUrl());
    order.authorizations().forEach(AnswerFuzzTest::isSafe);
    order.certificate().ifPresent(AnswerFuzzTest::isSafe);
  }

  /** Also as the error of an order that failed for it. */
  @FuzzTest
  @DictionaryEntries({
    "\"status\":", "\"expires\":", "\"identifier\":{", "\"type\":", "\"value\":", "\"wildcard\":",
    "\"challenges\":[", "\"url\":", "\"token\":", "\"validated\":", "\"error\":{", "\"detail\":",
    "\"http-01\"", "\"dns-01\"", "\"urn:ietf:params:acme:error:dns\"", "secondary validation"
  })
  void authorization(byte[] body) {
    reads(body, input -> RESOURCES.authorization(input, URL), AnswerFuzzTest::isTold);
  }

  private static void isTold(Authorization authorization) {
    AcmeAuthorizationException told =
        new AcmeAuthorizationException(
            new AcmeException.At(AcmeOperation.ORDER, URL, 1),
            Problem.noticed("dns", "failed"),
            List.of(authorization));
    assertThat(told).hasMessageContaining("failed");
    assertThat(told.failures().keySet()).isEqualTo(told.diagnoses().keySet());
  }

  /** With the statuses that are read in ways of their own. */
  @FuzzTest
  @DictionaryEntries({
    "\"type\":",
    "\"title\":",
    "\"detail\":",
    "\"status\":",
    "\"instance\":",
    "\"subproblems\":[",
    "\"identifier\":{",
    "\"value\":",
    "\"algorithms\":[",
    "\"urn:ietf:params:acme:error:",
    "rateLimited",
    "userActionRequired",
    "externalAccountRequired",
    "badNonce",
    "badPublicKey"
  })
  void problem(byte[] body) {
    for (int status : new int[] {302, 400, 429, 503}) {
      Failure failure =
          Failure.answered(AcmeOperation.NEW_ORDER, URL, answer(status, null, null, body), NOW);
      AcmeException told = failure.exception(1);
      assertThat(told.getMessage()).startsWith("newOrder at " + URL);
      assertThat(told.advice()).isNotNull();
      assertThat(failure.problem().byIdentifier().size())
          .isLessThanOrEqualTo(failure.problem().subproblems().size());
    }
  }

  /** Header lines as lines. */
  @FuzzTest
  @DictionaryEntries({"<", ">", ";", ",", "\"", "rel=", "alternate", "next", "anchor=", "https://"})
  void link(byte[] input) {
    List<String> headers = List.of(new String(input, ISO_8859_1).split("\n", -1));
    Links links = new Links(headers);
    for (String relation : List.of("alternate", "next", "help")) {
      for (String target : links.targets(relation)) {
        assertThat(String.join("\n", headers)).contains(target);
        try {
          isSafe(URLS.resolve(URL, target, "Link"));
        } catch (NotAcme refused) {
          isTold(refused);
        }
      }
      links.first(relation);
    }
  }

  /** The second line is the answer's {@code Date}. */
  @FuzzTest
  @DictionaryEntries({"Wed, 21 Oct 2026 07:28:00 GMT", "GMT", "Feb", "99999999999", "-", "+0000"})
  void retryAfter(byte[] input) {
    String[] lines = new String(input, ISO_8859_1).split("\n", 2);
    String date = lines.length > 1 ? lines[1] : null;
    RetryAfter.of(answer(503, lines[0], date, new byte[0]), NOW)
        .ifPresent(wait -> assertThat(wait).isBetween(Duration.ZERO, Duration.ofDays(366)));
  }

  /** The input as it is, and as the DER of one certificate, where changes reach deeper. */
  @FuzzTest
  @DictionaryEntries({"-----BEGIN ", "-----END ", "CERTIFICATE", "-----", "MII"})
  void chain(byte[] body) {
    reads(body, AnswerFuzzTest::parsed, AnswerFuzzTest::isUsable);
    byte[] pem = Pem.encode("CERTIFICATE", body).getBytes(ISO_8859_1);
    reads(pem, AnswerFuzzTest::parsed, AnswerFuzzTest::isUsable);
  }

  /** As a download reads it. */
  private static List<X509Certificate> parsed(byte[] body) {
    try {
      return Chains.parse(body);
    } catch (ChainFormatException e) {
      throw new NotAcme("a certificate chain in PEM", String.valueOf(e.getMessage()), e);
    }
  }

  private static void isUsable(List<X509Certificate> chain) {
    Chains.mismatch(chain, KEY, NAMES);
    assertThat(Chains.parse(Chains.pem(chain).getBytes(ISO_8859_1))).isEqualTo(chain);
    for (X509Certificate certificate : chain) {
      Chains.issuer(certificate);
      Chains.signedByEc(certificate);
      Chains.signedByRsa(certificate);
      try {
        CertificateId.of(certificate);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("authority key identifier");
      }
    }
  }

  private static <T> void reads(byte[] body, Function<byte[], T> reader, Consumer<T> use) {
    T value;
    try {
      value = reader.apply(body);
    } catch (NotAcme refused) {
      isTold(refused);
      return;
    }
    assertThat(value.toString()).isNotNull();
    use.accept(value);
  }

  private static void isTold(NotAcme refused) {
    assertThat(Failure.of(refused, AcmeOperation.DIRECTORY, URL).exception(1))
        .isInstanceOf(AcmeProtocolException.class)
        .satisfies(told -> assertThat(told.getMessage()).hasSizeLessThan(2_000));
  }

  private static AcmeResponse answer(
      int status, @Nullable String retryAfter, @Nullable String date, byte[] body) {
    return new AcmeResponse(status, null, null, retryAfter, date, null, List.of(), body);
  }
}
