package io.github.certflux.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * The paths that were changed lately, in one small file, so that who wants to know looks at that
 * rather than at every record. Opening a file shows what another machine has written to it, also
 * where notices of the operating system do not cross the network.
 *
 * <p>The first line is the number of the file, which is begun anew when it is full, and whether it
 * is the first. It need not survive a loss of power, and nothing fails because it can't be written.
 */
final class FileChanges {

  private static final Logger LOG = LoggerFactory.getLogger(FileChanges.class);
  private static final int FULL = 1 << 16;

  private final Disk disk;
  private final FileTree tree;
  private final Scheduler timer;
  private final Path file;

  FileChanges(Disk disk, FileTree tree, Scheduler timer) {
    this.disk = disk;
    this.tree = tree;
    this.timer = timer;
    this.file = tree.root().resolve(".changes");
  }

  /** Tells others of a change. For whoever has the store's lock. */
  void tell(String path) {
    try {
      Disk.Stat found = disk.stat(file);
      if (found == null || found.kind() != Disk.Kind.FILE || found.size() > FULL) {
        begin();
      }
      disk.append(file, (path + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.debug("store.change-untold record={} reason={}", path, e.toString());
    }
  }

  private void begin() throws IOException {
    long last = new Content(tree.read(file)).number();
    long next = Math.max(last + 1, timer.now(TimeUnit.MILLISECONDS));
    String header = next + (last == 0 ? " first" : "") + "\n";
    tree.replaceUnsynced(file, header.getBytes(StandardCharsets.UTF_8));
  }

  /** What one of those who look has seen of the file. */
  final class Reader {
    private final String folder;
    private long number = -1;
    private int end;

    /** Has seen nothing yet. */
    Reader(String folder) {
      this.folder = folder;
    }

    /** What changed since the last look; the folder itself where that can't be told. */
    List<String> look() throws IOException {
      Content content = new Content(tree.read(file));
      // What began since the first look, when there was none yet, is all new.
      boolean goesOn =
          number == 0 ? content.isFirst() : content.number() == number && content.end() >= end;
      Set<String> changed = new LinkedHashSet<>();
      if (goesOn) {
        for (String path : content.paths(end)) {
          if (ChangeHints.isBelow(folder, path)) {
            changed.add(path);
          }
        }
      } else {
        changed.add(folder);
      }
      number = content.number();
      end = content.end();
      return List.copyOf(changed);
    }

    /** The next look can't tell what changed before it. */
    void lost() {
      number = -1;
    }
  }

  /** What the file says; without what is only half there. */
  private static final class Content {
    private static final Pattern HEADER = Pattern.compile("(\\d{1,18})( first)?\n");

    private final String text;

    Content(byte @Nullable [] bytes) {
      String all = bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
      text = all.substring(0, all.lastIndexOf('\n') + 1);
    }

    int end() {
      return text.length();
    }

    /** 0 where there is none. */
    long number() {
      Matcher header = HEADER.matcher(text);
      return header.lookingAt() ? Long.parseLong(header.group(1)) : 0;
    }

    /** Whether there was no such file before, or there is none yet. */
    boolean isFirst() {
      Matcher header = HEADER.matcher(text);
      return !header.lookingAt() || header.group(2) != null;
    }

    List<String> paths(int from) {
      int begin = Math.max(from, text.indexOf('\n') + 1);
      return text.substring(begin).lines().filter(StoreRules::isPath).toList();
    }
  }
}
