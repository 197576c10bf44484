package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;

/** Where the application's Redis is, as Certflux reads it. */
class RedisStoresTest {
  private final MockEnvironment set = new MockEnvironment();

  @Test
  void tlsThatIsSwitchedOnHoldsForAUrlToo() {
    set.withProperty("spring.data.redis.url", "redis://user:secret@redis.example.org:6379")
        .withProperty("spring.data.redis.ssl.enabled", "true");

    assertThat(RedisStores.ofTheApplication(set))
        .isEqualTo("rediss://user:secret@redis.example.org:6379");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssl.bundle",
        "sentinel.master",
        "cluster.nodes",
        "cluster.nodes[0]",
        "masterreplica.nodes"
      })
  void whatCertfluxDoesNotReadIsNotPassedOver(String property) {
    set.withProperty("spring.data.redis.host", "redis.example.org")
        .withProperty("spring.data.redis." + property, "something");

    assertThatThrownBy(() -> RedisStores.ofTheApplication(set))
        .isInstanceOf(CertfluxConfigurationException.class)
        .hasMessageContaining("which Certflux does not read");
  }
}
