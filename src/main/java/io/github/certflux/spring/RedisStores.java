package io.github.certflux.spring;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.RedisStore;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * A store in Redis, by its own URL or where the application's data are ({@code spring.data.redis}).
 */
final class RedisStores {
  private static final String OF_THE_APPLICATION = "spring.data.redis.";

  private static final Bindable<Map<String, Object>> ANYTHING =
      Bindable.mapOf(String.class, Object.class);

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

  /** As Spring reads them: the URL first. Nothing is sent in plain text that Spring would not. */
  static String ofTheApplication(Environment environment) {
    Stream.of("sentinel", "cluster", "masterreplica")
        .map(OF_THE_APPLICATION::concat)
        .filter(folder -> Binder.get(environment).bind(folder, ANYTHING).isBound())
        .findFirst()
        .ifPresent(RedisStores::refuse);
    if (environment.containsProperty(OF_THE_APPLICATION + "ssl.bundle")) {
      refuse(OF_THE_APPLICATION + "ssl.bundle");
    }
    boolean tls = environment.getProperty(OF_THE_APPLICATION + "ssl.enabled", Boolean.class, false);
    String url = environment.getProperty(OF_THE_APPLICATION + "url");
    if (url != null) {
      return tls ? url.replaceFirst("^redis:", "rediss:") : url;
    }
    String host = environment.getProperty(OF_THE_APPLICATION + "host");
    if (host == null) {
      throw new CertfluxConfigurationException(
          "certflux.store.type is redis, but no server is set",
          "Set certflux.store.url, or the application's own spring.data.redis.url or .host");
    }
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

  private static void refuse(String property) {
    throw new CertfluxConfigurationException(
        property + " is set, which Certflux does not read",
        "Set certflux.store.url to one server, with rediss:// for TLS that the JVM trusts, or give a bean of the type AcmeStore");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
