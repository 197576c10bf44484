package io.github.certflux.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP answer, with the headers that ACME reads, as they came.
 *
 * @param status the HTTP status
 * @param nonce {@code Replay-Nonce} (RFC 8555 §6.5.1)
 * @param location {@code Location}
 * @param retryAfter {@code Retry-After} (RFC 9110 §10.2.3)
 * @param date {@code Date}, which a Retry-After date is compared with
 * @param contentType {@code Content-Type}
 * @param links {@code Link}, one element for each header line (RFC 8288)
 * @param body the body, bounded by the transport; empty when there is none
 */
public record AcmeResponse(
    int status,
    @Nullable String nonce,
    @Nullable String location,
    @Nullable String retryAfter,
    @Nullable String date,
    @Nullable String contentType,
    List<String> links,
    byte[] body) {}
