package io.github.certflux.testca.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.test.context.ContextConfiguration;

/**
 * On a {@code @SpringBootTest}: starts a {@link io.github.certflux.testca.TestCa} with the
 * application and has its certificates come from there. It is a bean, for tests that look at what
 * it was asked or have it make trouble, and ends with the application.
 *
 * <p>The names are those that the application sets. tls-alpn-01 is validated on the server's own
 * port, where there is a server; all else is taken for proved, and no DNS server that the
 * properties name is written to. The store is in memory, and the plain port any that is free. The
 * CA offers the profile that is set, and knows the external account.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ContextConfiguration(initializers = TestCaInitializer.class)
public @interface WithTestCa {}
