package io.github.certflux.examples.webflux;

import static io.github.certflux.examples.webflux.RunningSite.http;
import static io.github.certflux.examples.webflux.RunningSite.https;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SiteTest {
  private final HttpClient client = RunningSite.client();

  @Test
  void theSiteIsServedWithACertificateOfTheCa() throws Exception {
    HttpResponse<String> site = got(https("/"));

    assertThat(site.statusCode()).isEqualTo(200);
    assertThat(site.body()).contains("<h1>");
  }

  @Test
  void plainHttpLeadsToHttps() throws Exception {
    HttpResponse<String> plain = got(http("/dashboard"));

    assertThat(plain.statusCode()).isEqualTo(307);
    assertThat(plain.headers().firstValue("location")).contains(https("/dashboard").toString());
  }

  @Test
  void pagesLoadNothingFromElsewhere() throws Exception {
    assertThat(got(https("/dashboard")).headers().firstValue("content-security-policy"))
        .hasValueSatisfying(
            policy ->
                assertThat(policy).startsWith("default-src 'none'").doesNotContain("unsafe", "*"));
  }

  @Test
  void whoComesLateSeesHowThingsStandFirst() throws Exception {
    JsonNode picture = firstPicture();

    assertThat(picture.path("certificates")).isNotEmpty();
    assertThat(picture.path("seconds")).hasSize(60);
    assertThat(picture.path("lines").findValuesAsString("kind")).contains("obtained");
  }

  private JsonNode firstPicture() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(https("/dashboard/pictures")).build();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                client.send(request, BodyHandlers.ofInputStream()).body(),
                StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> line.startsWith("data:"))
          .findFirst()
          .map(line -> JsonMapper.shared().readTree(line.substring("data:".length())))
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Accept, Origin, https://evil.example",
    "X-Dashboard, Origin, https://evil.example",
    "X-Dashboard, Origin, null",
    "X-Dashboard, Sec-Fetch-Site, cross-site",
    "X-Dashboard, Sec-Fetch-Site, same-site",
    "Accept, Sec-Fetch-Site, same-origin"
  })
  void aPageFromElsewhereCantPressAButton(String header, String other, String value)
      throws Exception {
    HttpRequest request =
        posted("/dashboard/roll-over").header(header, "button").header(other, value).build();

    assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dashboard/roll-over",
        "/%64ashboard/roll-over",
        "/dashboard;a=b/roll-over",
        "/dashboard/roll%2Dover"
      })
  void noSpellingOfThePathGetsPastTheGuard(String path) throws Exception {
    assertThat(client.send(posted(path).build(), BodyHandlers.discarding()).statusCode())
        .isEqualTo(403);
  }

  @Test
  void theDashboardsOwnPageCan() throws Exception {
    HttpRequest request =
        posted("/dashboard/renew?name=shop.localhost")
            .header("X-Dashboard", "button")
            .header("Origin", https("").toString())
            .header("Sec-Fetch-Site", "same-origin")
            .build();

    assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(202);
  }

  @Test
  void whatIsNotKeptIsNotRenewed() throws Exception {
    HttpRequest request =
        posted("/dashboard/renew?name=other.localhost").header("X-Dashboard", "button").build();

    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("problem", "other.localhost");
  }

  private HttpResponse<String> got(URI url) throws Exception {
    return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder posted(String path) {
    return HttpRequest.newBuilder(https(path)).POST(HttpRequest.BodyPublishers.noBody());
  }
}
