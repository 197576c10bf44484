package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.net.URI;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Link headers as servers write them, and as nobody should. */
class LinksTest {

  @Test
  void targetsAreFoundByTheirRelation() {
    Links links =
        new Links(
            List.of(
                "<https://ca.test/dir>;rel=\"index\"",
                "<https://ca.test/terms?a=1,2>; rel=terms-of-service , <../next> ; REL = \"prev Next\"",
                "<https://ca.test/cert/1;x>;title=\"a;b, \\\"c\\\" <d>\";rel=\"alternate\""));

    assertThat(links.targets("index")).containsExactly("https://ca.test/dir");
    assertThat(links.first("terms-of-service")).contains(URI.create("https://ca.test/terms?a=1,2"));
    assertThat(links.targets("next")).containsExactly("../next");
    assertThat(links.targets("alternate")).containsExactly("https://ca.test/cert/1;x");
    assertThat(links.targets("up")).isEmpty();
  }

  @Test
  void linksOfSomethingElseAndSecondRelationsDoNotCount() {
    assertThat(new Links(List.of("<a>;rel=next;anchor=\"#b\"")).targets("next")).isEmpty();
    assertThat(new Links(List.of("<a>;rel=prev;rel=next")).targets("next")).isEmpty();
    assertThat(new Links(List.of("<a>;rel=next")).first("prev")).isEmpty();
    assertThat(new Links(List.of("<a b>;rel=help", "<c>;rel=help")).first("help"))
        .contains(URI.create("c"));
  }

  @Test
  void whatIsNoLinkIsPassedOver() {
    for (String line :
        List.of(
            "",
            ",",
            "<",
            "<a",
            "a",
            "<a>rel=next",
            "<a>;",
            "<a>;rel",
            "<a>;rel=",
            "<a>;rel=\"n",
            "<a>;=next",
            ";rel=next",
            "<a>;;rel=next")) {
      assertThatCode(() -> new Links(List.of(line)).first("help"))
          .as(line)
          .doesNotThrowAnyException();
    }
    Random random = new Random(20261125);
    String alphabet = "<>;,=\"\\ \tarelnx";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder line = new StringBuilder();
      for (int length = random.nextInt(30); length > 0; length--) {
        line.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThatCode(() -> new Links(List.of(line.toString())).targets("rel"))
          .as(line.toString())
          .doesNotThrowAnyException();
    }
  }
}
