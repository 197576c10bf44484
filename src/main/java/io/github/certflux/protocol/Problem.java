package io.github.certflux.protocol;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A problem document (RFC 9457; RFC 8555 §6.7).
 *
 * @param type the type's URI; {@code about:blank} when the server named none
 * @param title a short summary
 * @param detail the server's own words, for people
 * @param status the HTTP status that the document states, 0 when it states none
 * @param instance where a person can act on it, such as changed terms (§7.3.3)
 * @param subproblems one for each identifier concerned (§6.7.1)
 * @param identifier the identifier, in a subproblem
 * @param algorithms the signature algorithms that the server takes ({@code badSignatureAlgorithm})
 */
public record Problem(
    String type,
    Optional<String> title,
    Optional<String> detail,
    int status,
    Optional<URI> instance,
    List<Problem> subproblems,
    Optional<Identifier> identifier,
    List<String> algorithms) {

  /** The namespace of RFC 8555's types. */
  public static final String NAMESPACE = "urn:ietf:params:acme:error:";

  /**
   * Copies its collections.
   *
   * @param type the type's URI; {@code about:blank} when the server named none
   * @param title a short summary
   * @param detail the server's own words, for people
   * @param status the HTTP status that the document states, 0 when it states none
   * @param instance where a person can act on it, such as changed terms (§7.3.3)
   * @param subproblems one for each identifier concerned (§6.7.1)
   * @param identifier the identifier, in a subproblem
   * @param algorithms the signature algorithms that the server takes ({@code
   *     badSignatureAlgorithm})
   */
  public Problem {
    subproblems = List.copyOf(subproblems);
    algorithms = List.copyOf(algorithms);
  }

  /**
   * An ACME error that was noticed before anything was sent.
   *
   * @param name such as {@code invalidContact}
   * @param detail for people
   * @return the problem
   */
  public static Problem noticed(String name, String detail) {
    return new Problem(
        NAMESPACE + name,
        Optional.empty(),
        Optional.of(detail),
        0,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of());
  }

  /**
   * Whether this is the ACME error of that name.
   *
   * @param name such as {@code badNonce}
   * @return whether it is
   */
  public boolean is(String name) {
    return type.length() == NAMESPACE.length() + name.length()
        && type.startsWith(NAMESPACE)
        && type.endsWith(name);
  }

  /** {@return the subproblems that name an identifier, by it, in their order (§6.7.1)} */
  public Map<Identifier, Problem> byIdentifier() {
    Map<Identifier, Problem> named = new LinkedHashMap<>();
    subproblems.forEach(sub -> sub.identifier().ifPresent(i -> named.putIfAbsent(i, sub)));
    return Collections.unmodifiableMap(named);
  }

  /** {@return the type without ACME's namespace, or the whole type where it is another} */
  public String name() {
    return type.startsWith(NAMESPACE) ? type.substring(NAMESPACE.length()) : type;
  }

  /** Name, detail and subproblems in one line, for people. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(name());
    identifier.ifPresent(i -> line.append(" for ").append(i.value()));
    detail.or(() -> title).ifPresent(words -> line.append(": ").append(words));
    for (Problem sub : subproblems) {
      line.append("; ").append(sub);
    }
    return line.toString();
  }
}
