/**
 * Certificates kept valid: obtained, stored, renewed in time and shared by all nodes on one store.
 * Begin with {@link io.github.certflux.manager.CertificateManager}.
 */
@NullMarked
package io.github.certflux.manager;

import org.jspecify.annotations.NullMarked;
