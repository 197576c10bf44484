/**
 * An ACME server for tests (RFC 8555), in the JVM of the test: over HTTPS, or in memory without
 * sockets. It signs real chains, and it shows what the large public CAs show: several front ends
 * behind one address, each with an account cache of its own, replicas that lag, asynchronous
 * validation and issuance, refused nonces. Faults can be put at each of its resources. Never for
 * production: its keys are made anew at each start.
 */
@NullMarked
package io.github.certflux.testca;

import org.jspecify.annotations.NullMarked;
