package io.github.certflux.examples;

import io.github.certflux.manager.CertificateEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a manager does: a table that is drawn over itself in a terminal, else lines. */
final class ManagerTable {
  private static final int WIDEST = 40;

  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final boolean terminal = System.console() != null;
  private final int width;
  private boolean drawn;
  private int failures;

  /** A certificate's last event, and how often it was obtained or renewed. */
  private static final class Row {
    private @Nullable CertificateEvent last;
    private int issued;
  }

  ManagerTable(List<String> names) {
    names.forEach(name -> rows.put(name.toLowerCase(Locale.ROOT), new Row()));
    this.width = Math.min(WIDEST, names.stream().mapToInt(String::length).max().orElse(1));
  }

  synchronized void tell(CertificateEvent event) {
    Row row = rows.computeIfAbsent(String.join(" ", event.names()), name -> new Row());
    row.last = event;
    switch (event.kind()) {
      case OBTAINED, RENEWED -> row.issued++;
      case FAILED -> failures++;
      default -> {}
    }
    if (!terminal) {
      System.out.println(Instant.now().truncatedTo(ChronoUnit.SECONDS) + "  " + event);
    }
  }

  synchronized void draw() {
    if (!terminal) {
      return;
    }
    StringBuilder text = new StringBuilder();
    if (drawn) {
      text.append("\u001b[").append(rows.size() + 1).append('A');
    }
    drawn = true;
    text.append(line("name", "last", "valid for", "renewal in", "issued"));
    Instant now = Instant.now();
    rows.forEach((name, row) -> text.append(line(name, row, now)));
    System.out.print(text);
    System.out.flush();
  }

  private String line(String name, Row row, Instant now) {
    CertificateEvent last = row.last;
    return last == null
        ? line(name, "ordering", "", "", "0")
        : line(
            name,
            last.kind().word().replace('-', ' '),
            last.certificate().map(c -> until(now, c.notAfter())).orElse("-"),
            last.next().map(next -> until(now, next)).orElse("-"),
            Integer.toString(row.issued));
  }

  private String line(String name, String last, String valid, String renewal, String issued) {
    String shown = name.length() <= width ? name : name.substring(0, width - 1) + "…";
    return String.format(
        Locale.ROOT,
        "%-" + width + "s  %-10s %10s %11s %7s\u001b[K%n",
        shown,
        last,
        valid,
        renewal,
        issued);
  }

  private static String until(Instant now, Instant time) {
    Duration left = Duration.between(now, time);
    if (left.isNegative()) {
      return "over";
    }
    return left.toDays() > 1
        ? left.toDays() + " d"
        : left.toHours() > 1 ? left.toHours() + " h" : left.toSeconds() + " s";
  }

  synchronized int failures() {
    return failures;
  }

  synchronized Map<String, Object> toJson() {
    int issued = rows.values().stream().mapToInt(row -> row.issued).sum();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("names", rows.size());
    json.put("issued", issued);
    json.put("failed", failures);
    return json;
  }
}
