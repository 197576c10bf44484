package io.github.certflux.examples.webflux;

import io.github.certflux.AcmeClient;
import io.github.certflux.manager.CertificateManager;
import java.time.Clock;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * The application. Its pages are in {@code static}; its certificates come from the properties
 * {@code certflux.*} alone. All that is here is for the dashboard.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Site {

  @Bean
  Guard guard() {
    return new Guard();
  }

  @Bean
  Activity activity() {
    return new Activity();
  }

  @Bean
  Dashboard dashboard(CertificateManager manager, Activity activity, AcmeClient client) {
    return new Dashboard(manager, activity, client, Clock.systemUTC());
  }

  @Bean
  RouterFunction<ServerResponse> routes(
      Dashboard dashboard, CertificateManager manager, AcmeClient client) {
    return new DashboardRoutes(dashboard.pictures(), manager, client).routes();
  }

  @Bean
  @ConditionalOnProperty("site.embedded-root")
  Traffic traffic(AcmeClient client) {
    return new Traffic(client);
  }

  @Bean
  Announcement announcement() {
    return new Announcement();
  }
}
