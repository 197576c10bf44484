package io.github.certflux.protocol;

import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The CA has paused this account for some of these names, after many failures in a row: it names a
 * page, and no time after which to try again (429 without Retry-After). Trying again does not help:
 * a person must open {@link #link()}.
 */
public final class AcmePausedException extends AcmeRateLimitException {
  private static final long serialVersionUID = 1L;
  private static final Pattern LINK = Pattern.compile("https://[^\\s\"'<>]+[^\\s\"'<>.,;:)]");

  /**
   * A pause.
   *
   * @param at where
   * @param status 429
   * @param problem the server's words
   * @param documentation where the server explains its limits
   */
  public AcmePausedException(At at, int status, Problem problem, Optional<URI> documentation) {
    super(at, status, problem, Optional.empty(), documentation, whatToDo(problem, documentation));
  }

  private static String whatToDo(Problem problem, Optional<URI> documentation) {
    return link(problem, documentation)
        .map(url -> "do not send it again: a person must open " + url)
        .orElse("do not send it again: ask the CA what to do");
  }

  /** The problem's instance; Boulder has it in the detail alone. What explains limits is none. */
  private static Optional<URI> link(Problem problem, Optional<URI> documentation) {
    return problem
        .instance()
        .or(
            () ->
                problem
                    .detail()
                    .map(LINK::matcher)
                    .filter(Matcher::find)
                    .flatMap(found -> parsed(found.group())))
        .filter(link -> documentation.filter(page -> isOf(page, link)).isEmpty());
  }

  private static boolean isOf(URI page, URI link) {
    return Objects.equals(page.getHost(), link.getHost())
        && String.valueOf(link.getPath()).startsWith(String.valueOf(page.getPath()));
  }

  private static Optional<URI> parsed(String url) {
    try {
      return Optional.of(URI.create(url));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** {@return the page on which a person can lift the pause; empty where the server named none} */
  public Optional<URI> link() {
    return link(problem(), documentation());
  }
}
