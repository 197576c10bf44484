package io.github.certflux.faults;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** All that Certflux logs at a level or above, from here until it is closed. */
final class CapturedLog implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.github.certflux");
  private final Level before = logger.getLevel();
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final Listener listener = new Listener();

  CapturedLog(Level level) {
    listener.setContext(logger.getLoggerContext());
    listener.start();
    logger.addAppender(listener);
    logger.setLevel(level);
    logger.setAdditive(false);
  }

  /** Each line, with the error that it tells of. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** The fields of each operation's line. */
  List<Map<String, String>> operations() {
    return lines.stream()
        .filter(line -> line.startsWith("operation="))
        .map(
            line ->
                Stream.of(line.split(" "))
                    .map(field -> field.split("=", 2))
                    .collect(Collectors.toMap(field -> field[0], field -> field[1])))
        .toList();
  }

  @Override
  public void close() {
    logger.setAdditive(true);
    logger.setLevel(before);
    logger.detachAppender(listener);
  }

  private final class Listener extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      lines.add(
          event.getFormattedMessage()
              + (event.getThrowableProxy() == null
                  ? ""
                  : ThrowableProxyUtil.asString(event.getThrowableProxy())));
    }
  }
}
