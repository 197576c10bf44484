/** Records in the DNS: the SPI of those who write them. */
@NullMarked
package io.github.certflux.dns;

import org.jspecify.annotations.NullMarked;
