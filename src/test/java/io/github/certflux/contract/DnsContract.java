package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.complete;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.challenge.DnsAccount01Solver;
import io.github.certflux.challenge.DnsPersist01Solver;
import io.github.certflux.challenge.MissingRecordException;
import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.TxtRecord;
import io.github.certflux.protocol.AcmeSolverException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Proofs in the DNS, on servers that ask BIND for them. */
interface DnsContract extends ServerUnderTest {

  NamedServer bind();

  private Dns01Solver.Builder dns01() {
    return Dns01Solver.builder(bind().provider().build()).lookup(bind().lookup());
  }

  private void assertProved(ChallengeSolver solver, String... names) {
    Certificate certificate = await(account(open()).with(solver).issue(OrderRequest.of(names)));

    assertThat(Pki.names(certificate)).containsExactlyInAnyOrder(names);
  }

  @Test
  default void aWildcardAndItsApexAreProvedByDns01AndNothingStays() {
    assertProved(dns01().required().build(), name("wild"), "*." + name("wild"));

    assertThat(bind().txt("_acme-challenge." + name("wild"))).isEmpty();
  }

  @Test
  default void fiftyNamesOfOneOrderAreProvedByDns01() {
    assertProved(
        dns01().propagation(Duration.ZERO).build(),
        IntStream.range(0, 50).mapToObj(i -> name("dns" + i)).toArray(String[]::new));

    for (int i = 0; i < 50; i++) {
      assertThat(bind().txt("_acme-challenge." + name("dns" + i))).isEmpty();
    }
  }

  @Test
  default void aNameIsProvedWhereItsAliasLeadsTo() {
    assertProved(dns01().build(), "www." + NamedServer.DELEGATING);

    assertThat(bind().txt("www.proofs." + NamedServer.ZONE)).isEmpty();
  }

  @Test
  default void aNameIsProvedBelowTheAccountsLabel() {
    AcmeAccount account = account(open());
    String name = name("label");

    await(
        account
            .with(DnsAccount01Solver.like(dns01().build()))
            .issue(OrderRequest.of(name, "*." + name)));

    assertThat(bind().txt(DnsAccount01Solver.recordName(account.url(), name))).isEmpty();
  }

  @Test
  default void aRecordThatStaysProvesOnceSomebodyHasSetIt() {
    AcmeAccount account = account(open()).with(DnsPersist01Solver.by(bind().lookup()));
    OrderRequest order = OrderRequest.of("*." + name("stays"));
    DnsProvider person = bind().provider().build();

    AcmeSolverException error = failure(AcmeSolverException.class, account.issue(order));
    TxtRecord record = ((MissingRecordException) error.getCause()).record();
    assertThat(error).hasMessageContaining(record.value());

    complete(person.add(record));
    complete(bind().lookup().untilShown(record.name(), record.value(), PATIENCE));
    await(account.issue(order));
    assertThat(bind().txt(record.name())).containsExactly(record.value());
    complete(person.remove(record));
  }

  @Test
  default void aZoneThatMayNotBeChangedIsToldBeforeTheServerLooks() {
    AcmeSolverException error =
        failure(
            AcmeSolverException.class,
            account(open())
                .with(dns01().build())
                .issue(OrderRequest.of("www." + NamedServer.FIXED)));

    assertThat(error.getCause())
        .isInstanceOfSatisfying(
            DnsException.class,
            cause -> assertThat(cause.reason()).isEqualTo(DnsException.Reason.REFUSED));
    assertThat(error).hasMessageContaining("zone fixed-test.com, REFUSED");
  }
}
