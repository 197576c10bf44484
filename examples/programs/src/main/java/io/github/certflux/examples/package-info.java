/** Programs to run and to copy from; {@code examples/run} without a name lists them. */
@NullMarked
package io.github.certflux.examples;

import org.jspecify.annotations.NullMarked;
