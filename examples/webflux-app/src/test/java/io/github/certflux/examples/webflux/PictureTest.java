package io.github.certflux.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.protocol.AcmeObserver.Window;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PictureTest {
  private static final URI DIRECTORY = URI.create("https://ca.test/directory");
  private static final URI ACCOUNT = URI.create("https://ca.test/account/1");
  private static final Instant START = Instant.parse("2026-11-26T12:00:00.4Z");

  private final Picture first = Picture.empty(START, DIRECTORY);

  @Test
  void theLastMinuteIsShownAlsoWhereNothingHappened() {
    Picture later =
        first.plus(Count.DONE).at(START.plusSeconds(3)).plus(Count.DONE).plus(Count.REFUSED);

    assertThat(later.seconds()).hasSize(60);
    assertThat(later.seconds().subList(56, 60))
        .extracting(Second::count)
        .containsExactly(Count.DONE, Count.NOTHING, Count.NOTHING, new Count(1, 0, 1));
    assertThat(later.seconds().get(59).at()).isEqualTo(Instant.parse("2026-11-26T12:00:03Z"));
  }

  @Test
  void whatIsOlderThanAMinuteIsGone() {
    Picture later = first.plus(Count.DONE).at(START.plusSeconds(1_000));

    assertThat(later.seconds()).hasSize(60).extracting(Second::count).containsOnly(Count.NOTHING);
  }

  @Test
  void aClockThatIsSetBackLosesNothing() {
    Picture back = first.plus(Count.DONE).at(START.minusSeconds(5)).plus(Count.DONE);

    assertThat(back.seconds().get(59).count().operations()).isEqualTo(2);
  }

  @Test
  void aRolloverCountsUntilItsWindowEnds() {
    Picture during =
        first
            .plus(Count.REFUSED)
            .opened(window(Duration.ZERO))
            .plus(Count.REFUSED)
            .plus(Count.DONE)
            .at(START.plusSeconds(10));
    Picture after = during.ended(window(Duration.ofMillis(14))).plus(Count.DONE);

    assertThat(during.rollover()).isNotNull();
    assertThat(during.rollover().open()).isTrue();
    assertThat(during.seconds().subList(48, 60))
        .as("the window")
        .extracting(Second::window)
        .containsExactly(false, true, true, true, true, true, true, true, true, true, true, true);
    assertThat(after.rollover())
        .isEqualTo(new Rollover(false, START, START.plusSeconds(10), "thumbprint", 1, 0, 1, 14L));
    assertThat(after.lines()).extracting(Picture.Line::kind).containsExactly("rollover", "settled");
  }

  private static Window window(Duration slowest) {
    return new Window(ACCOUNT, "thumbprint", Duration.ofSeconds(10), 1, slowest);
  }

  @Test
  void aFailureIsShownUntilTheNextSuccess() {
    CertificateEvent failed =
        event(CertificateEvent.Kind.FAILED, Optional.of(new Exception("why")));

    Picture ill = first.with(failed);
    Picture worse = ill.with(event(CertificateEvent.Kind.ENDS_SOON, Optional.empty()));
    Picture well = worse.with(event(CertificateEvent.Kind.RENEWED, Optional.empty()));

    assertThat(ill.certificates()).extracting(Kept::problem).containsExactly("why");
    assertThat(worse.certificates()).extracting(Kept::problem).containsExactly("why");
    assertThat(well.certificates()).extracting(Kept::problem).containsOnlyNulls();
    assertThat(well.certificates()).extracting(Kept::renewed).containsExactly(1);
    assertThat(well.lines())
        .extracting(Picture.Line::text)
        .containsExactly(
            "a.test, 127.0.0.1: why",
            "a.test, 127.0.0.1: the certificate ends soon",
            "a.test, 127.0.0.1: certificate renewed");
  }

  private static CertificateEvent event(CertificateEvent.Kind kind, Optional<Throwable> error) {
    return new CertificateEvent(
        kind,
        List.of("127.0.0.1", "a.test"),
        Optional.empty(),
        Optional.of(DIRECTORY),
        error,
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void onlyTheLastLinesAreKept() {
    Picture picture = first;
    for (int i = 1; i <= 60; i++) {
      picture = picture.with("kind", "line " + i);
    }

    assertThat(picture.lines()).hasSize(50);
    assertThat(picture.lines().get(49)).isEqualTo(new Picture.Line(60, START, "kind", "line 60"));
  }
}
