/**
 * A reactive ACME client (RFC 8555): accounts, orders and certificates as cold publishers that
 * compose, cancel and back-pressure like any other.
 *
 * <p>Nothing is sent before a subscription, and no method blocks.
 */
@NullMarked
package io.github.certflux;

import org.jspecify.annotations.NullMarked;
