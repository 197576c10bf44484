package io.github.certflux.testca;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, as the CA saw them.
 *
 * @param at when it was answered, by the CA's clock
 * @param endpoint the resource
 * @param method GET, HEAD or POST
 * @param path the path
 * @param front the front end, from 0
 * @param keyThumbprint the thumbprint (RFC 7638) of the key that signed it, also where that key was
 *     refused because the front end did not know it yet or any more; null for what is not signed,
 *     or by none of the account's last eight keys
 * @param account the number of the account that it names or found, the last segment of its URL
 * @param status the answer's status; 0 when the request was not processed
 * @param problem the type of the answer's problem document
 * @param faults the names of the faults that happened to it
 */
public record Exchange(
    Instant at,
    Endpoint endpoint,
    String method,
    String path,
    int front,
    @Nullable String keyThumbprint,
    @Nullable Long account,
    int status,
    @Nullable String problem,
    List<String> faults) {

  /** Copies its list. */
  public Exchange {
    faults = List.copyOf(faults);
  }
}
