/** The examples as a user runs them: each in a process of its own. */
@NullMarked
package io.github.certflux.examples;

import org.jspecify.annotations.NullMarked;
