package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Problem;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A problem document that the CA answers with, or puts into an order or a challenge (RFC 8555
 * §6.7). Immutable; the {@code with} methods copy.
 *
 * @param status the HTTP status
 * @param type the type, with ACME's namespace left out: {@code malformed}, {@code rateLimited}; or
 *     a whole URI
 * @param detail for people
 * @param subproblems one for each identifier concerned
 * @param instance where a person can act on it
 * @param algorithms the signature algorithms that the CA takes
 */
public record CaProblem(
    int status,
    String type,
    String detail,
    List<Subproblem> subproblems,
    @Nullable URI instance,
    List<String> algorithms) {

  /**
   * What is wrong with one identifier (RFC 8555 §6.7.1).
   *
   * @param identifier which
   * @param type as in the problem
   * @param detail for people
   */
  public record Subproblem(Identifier identifier, String type, String detail) {}

  /** Copies its lists. */
  public CaProblem {
    subproblems = List.copyOf(subproblems);
    algorithms = List.copyOf(algorithms);
  }

  /** A problem of that type. */
  public static CaProblem of(int status, String type, String detail) {
    return new CaProblem(status, type, detail, List.of(), null, List.of());
  }

  /** With these subproblems in place of its own. */
  public CaProblem withSubproblems(List<Subproblem> subproblems) {
    return new CaProblem(status, type, detail, subproblems, instance, algorithms);
  }

  /** With an instance. */
  public CaProblem withInstance(URI instance) {
    return new CaProblem(status, type, detail, subproblems, instance, algorithms);
  }

  /** With the algorithms that the CA takes. */
  public CaProblem withAlgorithms(List<String> algorithms) {
    return new CaProblem(status, type, detail, subproblems, instance, algorithms);
  }

  /** With words of context before its detail. */
  CaProblem within(String context) {
    return new CaProblem(
        status, type, context + " :: " + detail, subproblems, instance, algorithms);
  }

  ObjectNode toJson() {
    ObjectNode json = Json.object();
    json.put("type", uri(type)).put("detail", detail).put("status", status);
    if (instance != null) {
      json.put("instance", instance.toString());
    }
    if (!algorithms.isEmpty()) {
      ArrayNode list = json.putArray("algorithms");
      algorithms.forEach(list::add);
    }
    if (!subproblems.isEmpty()) {
      ArrayNode list = json.putArray("subproblems");
      for (Subproblem sub : subproblems) {
        ObjectNode node = list.addObject();
        node.put("type", uri(sub.type())).put("detail", sub.detail());
        node.putObject("identifier")
            .put("type", sub.identifier().type())
            .put("value", sub.identifier().value());
      }
    }
    return json;
  }

  private static String uri(String type) {
    return type.indexOf(':') >= 0 ? type : Problem.NAMESPACE + type;
  }
}
