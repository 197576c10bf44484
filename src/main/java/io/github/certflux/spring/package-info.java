/**
 * HTTPS in a Spring Boot application (WebFlux on Reactor Netty): certificates from an ACME CA,
 * obtained after the server has started and renewed in place. See docs/spring-boot.md.
 */
@NullMarked
package io.github.certflux.spring;

import org.jspecify.annotations.NullMarked;
