package io.github.certflux.spring;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.PostgresStore;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;

/** A store in PostgreSQL, by its own URL or where the application's data are. */
final class PostgresStores {

  private PostgresStores() {}

  static AcmeStore of(@Nullable String url, BeanFactory beans) {
    return PostgresStore.on(url == null ? ofTheApplication(beans) : factory(url));
  }

  private static ConnectionFactory factory(String url) {
    try {
      return ConnectionFactories.get(url);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new CertfluxConfigurationException( // without the URL, which holds a password
          "certflux.store.url is not the R2DBC URL of a PostgreSQL server",
          "Set it to such as r2dbc:postgresql://user:password@db.example.org:5432/database");
    }
  }

  private static ConnectionFactory ofTheApplication(BeanFactory beans) {
    ConnectionFactory own = beans.getBeanProvider(ConnectionFactory.class).getIfUnique();
    if (own == null) {
      throw new CertfluxConfigurationException(
          "certflux.store.type is postgres, but no server is set",
          "Set certflux.store.url, or give the application a ConnectionFactory (spring.r2dbc.url)");
    }
    return own;
  }
}
