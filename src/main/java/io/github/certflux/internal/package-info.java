/**
 * Not API. One signed request and all it needs: the transport seam, admission, nonces, keys and
 * signatures, the retry table, and the state that all pipelines of an account share.
 */
@NullMarked
package io.github.certflux.internal;

import org.jspecify.annotations.NullMarked;
