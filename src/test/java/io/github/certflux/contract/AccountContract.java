package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.key;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static io.github.certflux.contract.ServerUnderTest.request;
import static io.github.certflux.contract.ServerUnderTest.valueInTheEnd;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountSigner;
import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Status;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The directory and accounts (RFC 8555 §7.1.1, §7.3), on every server. */
interface AccountContract extends ServerUnderTest {

  @Test
  default void theDirectoryIsReadOnceAndSaysWhatTheServerOffers() {
    Node node = open();

    Directory directory = await(node.client.directory());
    Directory again = await(node.client.directory());

    assertThat(again).isEqualTo(directory);
    assertThat(node.seen.count(AcmeOperation.DIRECTORY)).isEqualTo(1);
    assertThat(
            List.of(
                directory.newNonce(),
                directory.newAccount(),
                directory.newOrder(),
                directory.revokeCert(),
                directory.keyChange()))
        .doesNotHaveDuplicates()
        .allMatch(url -> url.getAuthority().equals(server().directory().getAuthority()));
    assertThat(directory.meta().termsOfService()).isPresent();
    assertThat(directory.meta().externalAccountRequired()).isFalse();
    assertThat(directory.meta().profiles()).containsKey("shortlived");
  }

  @Test
  default void anAccountIsCreatedOnce() {
    Node node = open();

    AcmeAccount first = await(node.client.account(request()));
    AcmeAccount second = await(node.client.account(request()));
    Account shown = await(first.details());

    assertThat(second.url()).isEqualTo(first.url());
    assertThat(node.seen.count(AcmeOperation.NEW_ACCOUNT)).isEqualTo(1);
    assertThat(shown.url()).isEqualTo(first.url());
    assertThat(shown.status()).isEqualTo(Status.VALID);
    contacts(shown).ifPresent(c -> assertThat(c).containsExactly("mailto:ops@certflux-test.com"));
    assertThat(node.seen.failed()).isEmpty();
  }

  @Test
  default void programsThatStartTogetherMakeOneAccount() {
    AcmeStore store = MemoryStore.create();

    List<URI> urls =
        Flux.range(0, 4)
            .map(i -> open(store))
            .collectList()
            .flatMapMany(Flux::fromIterable)
            .flatMap(node -> node.client.account(request()))
            .map(AcmeAccount::url)
            .collectList()
            .block(PATIENCE);

    assertThat(urls).hasSize(4).containsOnly(urls.get(0));
  }

  @Test
  default void aRestartedProgramFindsItsAccountInTheStore() {
    Node before = open();
    AcmeAccount created = account(before);
    Node after = open(before.store);

    AcmeAccount found = await(after.client.findAccount());

    assertThat(after.seen.tries()).isZero();
    assertThat(found.url()).isEqualTo(created.url());
    assertThat(await(found.details()).status()).isEqualTo(Status.VALID);
    assertThat(open().client.findAccount().blockOptional(PATIENCE)).isEmpty();
  }

  @Test
  default void twoAccountsInOneStoreAreTwoAccounts() {
    Node node = open();

    AcmeAccount one = await(node.client.account(request()));
    AcmeAccount other = await(node.client.account(request().withName("other")));

    assertThat(other.url()).isNotEqualTo(one.url());
    assertThat(await(node.client.findAccount("other")).url()).isEqualTo(other.url());
  }

  @Test
  default void everyTypeOfKeyThatTheServerTakesSigns() {
    for (KeyType type : accountKeyTypes()) {
      Node node = open();

      AcmeAccount account = await(node.client.account(request().withKeyType(type)));

      assertThat(await(account.details()).status()).as(type.name()).isEqualTo(Status.VALID);
    }
  }

  @Test
  default void aTypeOfKeyThatTheServerRefusesIsNoAccount() {
    EnumSet<KeyType> refused =
        EnumSet.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.EC_P521, KeyType.RSA_2048);
    refused.removeAll(accountKeyTypes());
    for (KeyType type : refused) {
      Node node = open();

      AcmeProblemException problem = problem(node.client.account(request().withKeyType(type)));

      assertThat(problem.problem().name()).isIn("badPublicKey", "badSignatureAlgorithm");
      assertThat(node.client.findAccount().blockOptional(PATIENCE)).isEmpty();
    }
  }

  @Test
  default void theAccountOfAKeyIsFoundNotMadeAgain() {
    KeyPair key = key(KeyType.EC_P256);
    AcmeAccount first = await(open().client.account(request().withKey(key)));

    AcmeAccount found = await(open().client.account(request().withKey(key)));

    assertThat(found.url()).isEqualTo(first.url());
    assertThat(await(found.details()).status()).isEqualTo(Status.VALID);
  }

  @Test
  default void anAccountMadeElsewhereIsImportedByItsKeyAndUrl() {
    KeyPair key = key(KeyType.RSA_2048);
    URI url = await(open().client.account(request().withKey(key))).url();
    Node node = open();

    // A replica that is late does not know yet whose key it is, and that is all that can be asked.
    AcmeAccount imported =
        valueInTheEnd(
            node.client
                .importAccount("default", url, key)
                .onErrorResume(IllegalArgumentException.class, early -> Mono.empty()));

    assertThat(await(imported.details()).url()).isEqualTo(url);
    assertThat(await(open(node.store).client.findAccount()).url()).isEqualTo(url);
  }

  @Test
  default void anAccountMadeElsewhereIsImportedByItsKeyAlone() {
    KeyPair key = key(KeyType.EC_P384);
    URI url = await(open().client.account(request().withKey(key))).url();
    Node node = open();

    AcmeAccount imported = valueInTheEnd(node.client.importAccount("default", key));

    assertThat(imported.url()).isEqualTo(url);
    assertThat(await(open(node.store).client.findAccount()).url()).isEqualTo(url);
    Node other = open();
    KeyPair unknown = key(KeyType.EC_P256);
    assertThat(other.client.importAccount("default", unknown).blockOptional(PATIENCE)).isEmpty();
    assertThat(other.store.list("").collectList().block(PATIENCE)).isEmpty();
  }

  @Test
  default void anAccountIsMadeWithAKeyThatStaysInAKms() {
    Node node = open();
    AccountSigner signer = node.kms.keep(key(KeyType.EC_P384));

    AcmeAccount account = await(node.client.account(request().withSigner(signer)));
    AcmeAccount imported = valueInTheEnd(open().client.importAccount("default", signer));

    assertThat(await(account.details()).status()).isEqualTo(Status.VALID);
    assertThat(imported.url()).isEqualTo(account.url());
    assertThat(await(open(node.store).client.findAccount()).url()).isEqualTo(account.url());
  }

  @Test
  default void anAccountIsNotImportedWithAKeyThatIsNotItsKey() {
    AcmeAccount other = account(open());
    KeyPair key = key(KeyType.EC_P256);
    await(open().client.account(request().withKey(key)));
    Node node = open();

    failure(IllegalArgumentException.class, node.client.importAccount("default", other.url(), key));
    failure(
        IllegalArgumentException.class,
        node.client.importAccount("default", other.url(), key(KeyType.EC_P256)));

    assertThat(node.client.findAccount().blockOptional(PATIENCE)).isEmpty();
  }

  @Test
  default void contactsAreChangedAndRemoved() {
    Node node = open();
    AcmeAccount account = account(node);
    List<String> two = List.of("mailto:a@certflux-test.com", "mailto:b@certflux-test.com");

    Account changed = await(account.update(AccountUpdate.contacts(two)));
    assertThat(changed.status()).isEqualTo(Status.VALID);
    contacts(changed).ifPresent(c -> assertThat(c).containsExactlyElementsOf(two));

    Account removed = await(account.update(AccountUpdate.contacts(List.of())));
    contacts(removed).ifPresent(c -> assertThat(c).isEmpty());
    assertThat(node.seen.failed()).isEmpty();
  }

  @Test
  default void theOrdersOfAnAccountAreListed() {
    Node node = open();
    AcmeAccount account = account(node);
    List<URI> ordered =
        Flux.range(0, 7)
            .concatMap(i -> account.order(OrderRequest.of(name("listed" + i))))
            .map(AcmeOrder::url)
            .collectList()
            .block(PATIENCE);

    if (!listsOrders()) {
      failure(AcmeNotOfferedException.class, account.orders().then());
      return;
    }
    assertThat(account.orders().collectList().block(PATIENCE))
        .containsExactlyInAnyOrderElementsOf(ordered);
    assertThat(node.seen.count(AcmeOperation.ORDERS)).isEqualTo(3);
    assertThat(account.orders().take(3).collectList().block(PATIENCE)).hasSize(3);
    assertThat(node.seen.count(AcmeOperation.ORDERS)).as("a page of three each").isEqualTo(4);
  }

  @Test
  default void agreeingToTheTermsKeepsTheContacts() {
    Node node = open();
    AcmeAccount account = account(node);

    Account agreed = await(account.update(AccountUpdate.agreement()));
    Account both =
        await(account.update(AccountUpdate.contact("new@certflux-test.com").agreeToTerms()));

    assertThat(agreed.status()).isEqualTo(Status.VALID);
    contacts(both).ifPresent(c -> assertThat(c).containsExactly("mailto:new@certflux-test.com"));
    assertThat(node.seen.failed()).isEmpty();
  }

  @Test
  default void thereIsNoAccountWithoutAnAgreementToTheTerms() {
    Node node = open();

    AcmeProblemException problem = problem(node.client.account(AccountRequest.create()));

    assertThat(problem.problem().name()).isEqualTo(disagreement());
    assertThat(node.client.findAccount().blockOptional(PATIENCE)).isEmpty();
    assertThat(account(node).url()).isNotNull();
  }

  @Test
  default void contactsThatTheServerCannotUseAreRefused() {
    Node node = open();

    AcmeProblemException address =
        problem(node.client.account(request().withContacts(List.of("nobody"))));
    AcmeProblemException telephone =
        problem(node.client.account(request().withContacts(List.of("tel:+15555550100"))));

    assertThat(address.problem().name()).isEqualTo("invalidContact");
    assertThat(address.advice()).contains("correct the contact");
    assertThat(telephone.problem().name()).isEqualTo("unsupportedContact");
    assertThat(node.client.findAccount().blockOptional(PATIENCE)).isEmpty();
  }

  @Test
  default void aDeactivatedAccountIsGoneFromTheStoreAndSoonRefused() {
    KeyPair key = key(KeyType.EC_P256);
    Node node = open();
    AcmeAccount account = await(node.client.account(request().withKey(key)));

    Account last = await(account.deactivate());

    assertThat(last.status()).isEqualTo(Status.DEACTIVATED);
    assertThat(node.client.findAccount().blockOptional(PATIENCE)).isEmpty();
    AcmeProblemException order =
        problemInTheEnd(() -> account.order(OrderRequest.of(name("deactivated"))));
    assertThat(order.problem().name()).isEqualTo("unauthorized");
    AcmeProblemException made =
        problemInTheEnd(() -> open().client.account(request().withKey(key)));
    assertThat(made.problem().name()).isEqualTo("unauthorized");
    assertThat(account(node).url()).isNotEqualTo(account.url());
  }

  @Test
  default void aKeyThatSomebodyElseRolledOverIsToldFromAMalformedRequest() {
    KeyPair key = key(KeyType.EC_P256);
    Node made = open();
    AcmeAccount account = await(made.client.account(request().withKey(key)));
    AcmeAccount elsewhere =
        valueInTheEnd(
            open()
                .client
                .importAccount("default", account.url(), key)
                .onErrorResume(IllegalArgumentException.class, early -> Mono.empty()));
    await(elsewhere.rollOver(KeyType.EC_P256));
    Node left = openImpatient(made.store);
    AcmeAccount outdated = await(left.client.findAccount());

    AcmeProblemException problem = null;
    for (int i = 0; i < 20; i++) {
      problem = problemInTheEnd(outdated::details);
    }

    assertThat(left.seen.count(AcmeOperation.FIND_ACCOUNT)).isEqualTo(1);
    assertThat(problem.status()).isEqualTo(400);
    if (!replicasLag()) { // a late replica says for a while that the key is the account's
      assertThat(problem).isInstanceOf(AcmeAccountKeyException.class);
      assertThat(problem.advice()).contains("someone else rolled it over");
    }
  }

  @Test
  default void anAccountThatTheServerDoesNotKnowIsReportedAsSuch() {
    Node before = open();
    AcmeAccount real = account(before);
    StoreRecord stored =
        await(
            before
                .store
                .list("")
                .filter(path -> path.endsWith("account.json"))
                .next()
                .flatMap(before.store::read));
    String unknown = real.url() + "99999";
    await(
        before.store.write(
            stored.path(),
            stored.text().replace(real.url().toString(), unknown).getBytes(StandardCharsets.UTF_8),
            Condition.none()));

    AcmeAccount account = await(openImpatient(before.store).client.findAccount());
    AcmeProblemException problem = problem(account.details());

    assertThat(account.url()).hasToString(unknown);
    assertThat(problem.problem().name()).isEqualTo("accountDoesNotExist");
    assertThat(problem.advice()).contains("create it again");
  }
}
