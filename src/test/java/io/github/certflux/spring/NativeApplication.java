package io.github.certflux.spring;

import io.github.certflux.AcmeClient;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Starts, says so and ends; what Spring generates for it ahead of time has its name. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class NativeApplication {
  static final String STARTED = "started with generated beans";

  public static void main(String[] args) {
    try (ConfigurableApplicationContext context =
        SpringApplication.run(NativeApplication.class, args)) {
      if (context.getBeansOfType(AcmeClient.class).size() == 1
          && Boolean.getBoolean("spring.aot.enabled")) {
        System.out.println(STARTED);
      }
    }
  }
}
