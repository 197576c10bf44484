package io.github.certflux.faults;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.IssueEvent;
import io.github.certflux.KeyRollover;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.testca.TestCa;
import java.net.URI;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** The flow that the library is for: create, read, update, agree, roll over, issue. */
final class WholeFlow {
  private final TestCa ca;
  private final AcmeClient client;
  private final Consumer<Step> begins;

  /**
   * The flow.
   *
   * @param begins is told of each step just before it
   */
  WholeFlow(TestCa ca, AcmeClient client, Consumer<Step> begins) {
    this.ca = ca;
    this.client = client;
    this.begins = begins;
  }

  Mono<Certificate> run() {
    return client
        .directory()
        .doOnSubscribe(s -> begins.accept(Step.READ_THE_DIRECTORY))
        .then(Mono.defer(this::account))
        .flatMap(
            account -> beforeTheRollover(account).then(rollOver(account)).then(issue(account)));
  }

  private Mono<AcmeAccount> account() {
    begins.accept(Step.FETCH_A_NONCE);
    begins.accept(Step.CREATE_THE_ACCOUNT);
    return client.account(AccountRequest.contact("ops@example.org").agreeToTerms());
  }

  private Mono<Void> beforeTheRollover(AcmeAccount account) {
    return at(Step.READ_DETAILS, account.details())
        .then(at(Step.UPDATE_CONTACTS, account.update(AccountUpdate.contact("new@example.org"))))
        .doOnSuccess(done -> ca.changeTerms(URI.create("https://ca.test/terms/v2")))
        .then(at(Step.AGREE_TO_TERMS, account.update(AccountUpdate.agreement())))
        .then();
  }

  private Mono<KeyRollover> rollOver(AcmeAccount account) {
    return Mono.defer(
            () -> {
              begins.accept(Step.ROLL_OVER);
              return at(Step.CONFIRM_THE_ROLLOVER, account.rollOver(KeyType.EC_P256));
            })
        .flatMap(done -> at(Step.READ_DETAILS_IN_THE_WINDOW, account.details()).thenReturn(done));
  }

  private Mono<Certificate> issue(AcmeAccount account) {
    return Mono.defer(
        () -> {
          begins.accept(Step.ORDER);
          return account
              .issueEvents(OrderRequest.of("a.example.org", "b.example.org"))
              .doOnNext(this::told)
              .last()
              .map(issued -> issued.certificate().orElseThrow());
        });
  }

  private void told(IssueEvent event) {
    switch (event.kind()) {
      case ORDERED -> {
        begins.accept(Step.READ_AUTHORIZATIONS);
        begins.accept(Step.TRIGGER_CHALLENGES);
        begins.accept(Step.POLL_FOR_READY);
      }
      case READY -> begins.accept(Step.FINALIZE);
      case FINALIZED -> begins.accept(Step.POLL_FOR_VALID);
      default -> {
        // no request follows it
      }
    }
    if (event.kind() == IssueEvent.Kind.READY) {
      begins.accept(Step.DOWNLOAD);
    }
  }

  private <T> Mono<T> at(Step step, Mono<T> work) {
    return Mono.defer(
        () -> {
          begins.accept(step);
          return work;
        });
  }
}
