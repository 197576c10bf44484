/**
 * Where accounts, keys and journals are kept: a reactive SPI, and its stores in memory and files.
 */
@NullMarked
package io.github.certflux.store;

import org.jspecify.annotations.NullMarked;
