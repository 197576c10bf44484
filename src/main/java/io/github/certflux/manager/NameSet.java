package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.protocol.Identifier;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * The names of one certificate, in the form in which they are stored and compared.
 *
 * @param id of the folder in the store: the first name for people, a hash of all for the rest
 * @param names in order, each once
 */
record NameSet(String id, List<String> names) {
  private static final int MOST_READABLE = 80;
  private static final int HASH_BYTES = 10;

  static NameSet of(OrderRequest request) {
    List<String> names = request.identifiers().stream().map(Identifier::value).sorted().toList();
    String hash = Fingerprints.of(String.join("\n", names).getBytes(StandardCharsets.UTF_8));
    String readable = names.get(0).replace("*", "_").replaceAll("[^a-z0-9._-]", "-");
    readable = readable.substring(0, Math.min(MOST_READABLE, readable.length()));
    return new NameSet(
        readable
            + "-" // in hexadecimal, since no two paths may differ in case alone
            + HexFormat.of().formatHex(Base64.getUrlDecoder().decode(hash), 0, HASH_BYTES),
        names);
  }
}
