/** A site with automatic HTTPS on Spring WebFlux, and a dashboard that shows it at work. */
@NullMarked
package io.github.certflux.examples.webflux;

import org.jspecify.annotations.NullMarked;
