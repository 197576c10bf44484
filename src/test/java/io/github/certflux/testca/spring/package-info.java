/** The test CA in the tests of Spring Boot applications. Needs Spring's test libraries. */
@NullMarked
package io.github.certflux.testca.spring;

import org.jspecify.annotations.NullMarked;
