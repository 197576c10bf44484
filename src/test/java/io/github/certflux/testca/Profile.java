package io.github.certflux.testca;

import java.time.Duration;

/**
 * A certificate profile (draft-ietf-acme-profiles).
 *
 * @param name as an order names it
 * @param description for people
 * @param lifetime how long its certificates are valid
 */
public record Profile(String name, String description, Duration lifetime) {}
