package io.github.certflux;

import io.github.certflux.protocol.KeyType;
import java.net.URI;

/**
 * A finished key rollover (RFC 8555 §7.3.5).
 *
 * @param account the account's URL, which stays the same
 * @param keyType the type of the new key
 * @param thumbprint the new key's thumbprint (RFC 7638)
 * @param replaced the replaced key's thumbprint; that key is destroyed when the window ends, or has
 *     been already with {@link io.github.certflux.protocol.RolloverPolicy#NEW_KEY_ONLY}
 */
public record KeyRollover(URI account, KeyType keyType, String thumbprint, String replaced) {}
