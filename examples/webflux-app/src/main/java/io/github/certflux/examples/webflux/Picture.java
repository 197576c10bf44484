package io.github.certflux.examples.webflux;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.protocol.AcmeObserver.Window;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that the dashboard shows at one moment. Immutable: an event makes the next picture of the
 * last, so who comes late needs the last alone.
 *
 * @param at when
 * @param directory the CA
 * @param certificates sorted by name
 * @param rollover the last rollover of the account's key; absent before the first
 * @param seconds the last minute, the current second last
 * @param lines the last events, the newest last
 */
record Picture(
    Instant at,
    URI directory,
    List<Kept> certificates,
    @Nullable Rollover rollover,
    List<Second> seconds,
    List<Line> lines) {
  private static final int LINES = 50;

  /**
   * An event in words.
   *
   * @param number one more than that of the event before
   * @param at when
   * @param kind one word
   * @param text what happened
   */
  record Line(long number, Instant at, String kind, String text) {}

  static Picture empty(Instant now, URI directory) {
    return new Picture(
        now, directory, List.of(), null, Second.upTo(now, List.of(), false), List.of());
  }

  /** The same, later. */
  Picture at(Instant now) {
    return new Picture(
        now, directory, certificates, rollover, Second.upTo(now, seconds, windowOpen()), lines);
  }

  private boolean windowOpen() {
    return rollover != null && rollover.open();
  }

  Picture plus(Count count) {
    return new Picture(
        at,
        directory,
        certificates,
        rollover == null ? null : rollover.plus(count),
        Second.plus(count, seconds, windowOpen()),
        lines);
  }

  Picture with(CertificateEvent event) {
    Kept before =
        certificates.stream().filter(kept -> kept.isConcernedBy(event)).findAny().orElse(null);
    List<Kept> all =
        Stream.concat(
                certificates.stream().filter(kept -> !kept.isConcernedBy(event)),
                Stream.of(Kept.after(event, before)))
            .sorted(Comparator.comparing(kept -> kept.names().get(0)))
            .toList();
    return new Picture(at, directory, all, rollover, seconds, lines)
        .with(event.kind().word(), words(event));
  }

  private static String words(CertificateEvent event) {
    String names = String.join(", ", Kept.names(event));
    return switch (event.kind()) {
      case FOUND -> names + ": the stored certificate is still good";
      case OBTAINED -> names + ": certificate obtained";
      case RENEWED -> names + ": certificate renewed";
      case FAILED ->
          names + ": " + event.error().map(Throwable::getMessage).orElse("no certificate");
      case MOVED_UP -> names + ": the CA wants it renewed sooner";
      case ENDS_SOON -> names + ": the certificate ends soon";
      case EXPIRED -> names + ": the certificate has expired";
    };
  }

  Picture opened(Window window) {
    Rollover opened = Rollover.opened(at, window);
    return new Picture(at, directory, certificates, opened, seconds, lines)
        .plus(Count.NOTHING)
        .with(
            "rollover",
            "Account key rolled over: for "
                + window.length().toSeconds()
                + " s a front end may know the old key alone");
  }

  Picture ended(Window window) {
    if (rollover == null) {
      return this;
    }
    Rollover ended = rollover.ended(window.slowest());
    return new Picture(at, directory, certificates, ended, seconds, lines)
        .with(
            "settled",
            "Every front end knows the new key: of "
                + ended.operations()
                + " operations, "
                + (ended.failed() == 0 ? "none" : ended.failed())
                + " failed; "
                + ended.refused()
                + " requests were refused and sent again");
  }

  /** With one more line. */
  Picture with(String kind, String text) {
    long number = lines.isEmpty() ? 1 : lines.get(lines.size() - 1).number() + 1;
    List<Line> all =
        new ArrayList<>(lines.subList(Math.max(0, lines.size() - LINES + 1), lines.size()));
    all.add(new Line(number, at, kind, text));
    return new Picture(at, directory, certificates, rollover, seconds, List.copyOf(all));
  }
}
