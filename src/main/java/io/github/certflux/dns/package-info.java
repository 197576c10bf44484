/**
 * Records in the DNS: the SPI of those who write them, and what has to be looked up. dnsjava, an
 * optional dependency, is needed by {@link io.github.certflux.dns.DnsLookup} and {@link
 * io.github.certflux.dns.Rfc2136Provider} alone.
 */
@NullMarked
package io.github.certflux.dns;

import org.jspecify.annotations.NullMarked;
