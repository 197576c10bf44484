package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.spring.WithTestCa;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

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
    CertificateEvent event = Objects.requireNonNull(events.all().blockFirst(Duration.ofMinutes(3)));

    assertThat(event.kind()).isEqualTo(CertificateEvent.Kind.OBTAINED);
    assertThat(event.ca()).contains(ca.directory());
  }
}
