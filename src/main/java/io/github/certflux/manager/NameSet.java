package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.protocol.Identifier;
import java.util.List;

/**
 * The names of one certificate, in the form in which they are stored and compared.
 *
 * @param id of the folder in the store: the first name for people, a hash of all for the rest
 * @param names in order, each once
 */
record NameSet(String id, List<String> names) {
  private static final int MOST_READABLE = 80;

  static NameSet of(OrderRequest request) {
    List<String> names = request.identifiers().stream().map(Identifier::value).sorted().toList();
    String readable = names.get(0).replace("*", "_").replaceAll("[^a-z0-9._-]", "-");
    readable = readable.substring(0, Math.min(MOST_READABLE, readable.length()));
    return new NameSet(readable + "-" + Fingerprints.shortOf(String.join("\n", names)), names);
  }
}
