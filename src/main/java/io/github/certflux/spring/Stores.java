package io.github.certflux.spring;

import io.github.certflux.spring.CertfluxProperties.EncryptionProperties;
import io.github.certflux.spring.CertfluxProperties.StoreProperties;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.EncryptedStore;
import io.github.certflux.store.FileStore;
import io.github.certflux.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Makes the store that the properties describe. The classes of optional drivers are met only where
 * they are asked for.
 */
final class Stores {
  private static final int AES_256 = 32;
  private static final String KEY = "certflux.store.encryption.key";

  private Stores() {}

  static AcmeStore of(StoreProperties properties, BeanFactory beans, Environment environment) {
    AcmeStore store =
        switch (properties.type()) {
          case MEMORY -> MemoryStore.create();
          case FILE -> FileStore.at(writable(properties.path()));
          case REDIS -> {
            needed("redis", "io.lettuce.core.RedisClient", "io.lettuce:lettuce-core");
            yield RedisStores.of(properties.url(), environment);
          }
          case POSTGRES -> {
            needed(
                "postgres",
                "io.r2dbc.postgresql.PostgresqlConnectionFactory",
                "org.postgresql:r2dbc-postgresql");
            yield PostgresStores.of(properties.url(), beans);
          }
        };
    EncryptionProperties encryption = properties.encryption();
    return encryption == null ? store : encrypted(store, encryption);
  }

  private static void needed(String type, String driver, String dependency) {
    if (!ClassUtils.isPresent(driver, ClassUtils.getDefaultClassLoader())) {
      throw new CertfluxConfigurationException(
          "certflux.store.type is " + type + ", but its driver is not on the class path",
          "Add the dependency " + dependency + ", in the version that Spring Boot manages");
    }
  }

  /** Known at the start, not when there is a certificate to be kept. */
  private static Path writable(Path path) {
    try {
      if (Files.isDirectory(path)) {
        if (Files.isWritable(path)) {
          return path;
        }
      } else {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
          if (!Files.exists(path) && Files.isWritable(parent)) {
            return path;
          }
        }
      }
    } catch (IOException e) {
      // said below
    }
    throw new CertfluxConfigurationException(
        "certflux.store.path: the folder " + path.toAbsolutePath() + " can't be written",
        "Let the user that the application runs as write there, or set another certflux.store.path");
  }

  private static AcmeStore encrypted(AcmeStore store, EncryptionProperties properties) {
    try {
      EncryptedStore.Builder builder =
          EncryptedStore.over(store, properties.keyId(), key(KEY, properties.key()));
      for (Map.Entry<String, String> each : properties.previous().entrySet()) {
        builder.decryptsWith(
            each.getKey(),
            key("certflux.store.encryption.previous." + each.getKey(), each.getValue()));
      }
      return (properties.readsPlain() ? builder.readsPlain() : builder).build();
    } catch (IllegalArgumentException e) {
      throw new CertfluxConfigurationException(
          "certflux.store.encryption: " + e.getMessage(),
          "Name the keys with letters, digits, dots and dashes, each by another name");
    }
  }

  private static SecretKey key(String property, @Nullable String base64) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64 == null ? "" : base64);
      if (bytes.length == AES_256) {
        return new SecretKeySpec(bytes, "AES");
      }
    } catch (IllegalArgumentException e) {
      // said below, without the key
    }
    throw new CertfluxConfigurationException(
        property + " is not a key of 32 bytes in Base64", "Make one by: openssl rand -base64 32");
  }
}
