package io.github.certflux.spring;

import io.github.certflux.AccountRequest;
import java.net.URI;
import java.util.Optional;

/**
 * A CA as it is set.
 *
 * @param property the prefix of its properties
 * @param directory the URL of its directory
 * @param trust PEM of the roots that its HTTPS is trusted by, unless those are the JVM's
 * @param account which account orders there
 */
record Ca(String property, URI directory, Optional<byte[]> trust, AccountRequest account) {}
