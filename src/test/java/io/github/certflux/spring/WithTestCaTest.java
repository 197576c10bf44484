package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.spring.WithTestCa;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

/** As an application of ours is tested elsewhere. */
@SpringBootTest(
    classes = RunningApplication.Application.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "certflux.domains=www.example.org")
@WithTestCa
class WithTestCaTest {

  @Test
  void anAnnotationGivesTheApplicationACertificateOfTheTestCa(
      @Autowired TestCa ca, @Autowired RunningApplication.Events events) {
    CertificateEvent event = first(events);

    assertThat(event.kind()).isEqualTo(CertificateEvent.Kind.OBTAINED);
    assertThat(event.ca()).contains(ca.directory());
  }

  private static CertificateEvent first(RunningApplication.Events events) {
    return Objects.requireNonNull(events.all().blockFirst(Duration.ofMinutes(3)));
  }

  /** As it is set for production. */
  @Nested
  @TestPropertySource(
      properties = {
        "certflux.domains=*.example.org",
        "certflux.enabled=false",
        "certflux.fallbacks[0].directory=letsencrypt-staging",
        "certflux.profile=of-our-ca",
        "certflux.eab.key-id=customer",
        "certflux.eab.hmac-key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "certflux.challenge.types=dns-01",
        "certflux.challenge.rfc2136.server=127.0.0.1",
        "certflux.challenge.rfc2136.port=1"
      })
  class WithMore {
    @Test
    void neitherTheCompanysDnsNorItsCaIsNeeded(@Autowired RunningApplication.Events events) {
      assertThat(first(events).kind()).isEqualTo(CertificateEvent.Kind.OBTAINED);
    }
  }
}
