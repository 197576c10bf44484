package io.github.certflux.examples;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Who does what in a cluster: a table that is drawn over itself in a terminal, else lines. */
final class ClusterTable {
  private static final int WIDEST = 60;

  private final boolean terminal = System.console() != null;
  private int drawn;
  private boolean ended;

  /** A line of it, unless there is a table. */
  synchronized void tell(String who, String what) {
    if (!terminal && !ended) {
      System.out.println(Instant.now().truncatedTo(ChronoUnit.SECONDS) + "  " + who + "  " + what);
    }
  }

  /** What is heard from now on comes too late. */
  synchronized void end() {
    ended = true;
  }

  void draw(List<NodeProcess> nodes, Map<String, Object> figures) {
    if (!terminal) {
      return;
    }
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    text.append(line("", "process", "", "kills", "writes", "last"));
    nodes.forEach(node -> text.append(line(node.row().toArray())));
    figures.forEach(
        (name, value) -> text.append(String.format("%-18s %8s\u001b[K%n", name, value)));
    drawn = nodes.size() + 1 + figures.size();
    System.out.print(text);
    System.out.flush();
  }

  private static String line(Object... cells) {
    String last = cells[5].toString();
    cells[5] = last.length() <= WIDEST ? last : last.substring(0, WIDEST - 1) + "…";
    return String.format(Locale.ROOT, "%-8s %8s  %-9s %6s %7s  %s\u001b[K%n", cells);
  }
}
