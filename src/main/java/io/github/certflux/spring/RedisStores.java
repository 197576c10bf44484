package io.github.certflux.spring;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.RedisStore;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * A store in Redis, by its own URL or where the application's data are ({@code spring.data.redis}).
 */
final class RedisStores {
  private static final String OF_THE_APPLICATION = "spring.data.redis.";

  private RedisStores() {}

  static AcmeStore of(@Nullable String url, Environment environment) {
    try {
      return RedisStore.at(url != null ? url : ofTheApplication(environment));
    } catch (IllegalArgumentException e) {
      throw new CertfluxConfigurationException( // without the URL, which holds a password
          "certflux.store.url is not the URL of a Redis server",
          "Set it to such as redis://user:password@redis.example.org:6379, with rediss:// for TLS");
    }
  }

  /** As Spring reads them: the URL first. */
  static String ofTheApplication(Environment environment) {
    String url = environment.getProperty(OF_THE_APPLICATION + "url");
    if (url != null) {
      return url;
    }
    String host = environment.getProperty(OF_THE_APPLICATION + "host");
    if (host == null) {
      throw new CertfluxConfigurationException(
          "certflux.store.type is redis, but no server is set",
          "Set certflux.store.url, or the application's own spring.data.redis.url or .host");
    }
    boolean tls = environment.getProperty(OF_THE_APPLICATION + "ssl.enabled", Boolean.class, false);
    String user = environment.getProperty(OF_THE_APPLICATION + "username", "");
    String password = environment.getProperty(OF_THE_APPLICATION + "password");
    return (tls ? "rediss://" : "redis://")
        + (password == null ? "" : encoded(user) + ":" + encoded(password) + "@")
        + host
        + ":"
        + environment.getProperty(OF_THE_APPLICATION + "port", "6379")
        + "/"
        + environment.getProperty(OF_THE_APPLICATION + "database", "0");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
