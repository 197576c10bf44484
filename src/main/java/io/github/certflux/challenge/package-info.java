/** Proving control of an identifier (RFC 8555 §8): the solver SPI and its solvers. */
@NullMarked
package io.github.certflux.challenge;

import org.jspecify.annotations.NullMarked;
