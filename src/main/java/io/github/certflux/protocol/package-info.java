/**
 * The words of RFC 8555 as immutable snapshots (directory, account, order, authorization,
 * challenge, problem), the operations a client can ask for, the errors they end with, and what an
 * observer is told of them. Imports nothing else of Certflux.
 */
@NullMarked
package io.github.certflux.protocol;

import org.jspecify.annotations.NullMarked;
