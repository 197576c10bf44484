package io.github.certflux;

import io.github.certflux.StoredAccounts.Loaded;
import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.AccountState.Verdict;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.Jws;
import io.github.certflux.internal.Keys;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeExternalAccountException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Problem;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import java.net.URI;
import java.security.KeyPair;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds, creates and imports accounts (RFC 8555 §7.3), and keeps one state for each. */
final class Accounts {
  private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
  private static final int CREATIONS = 4;
  private static final long INSIDE_MILLIS = 1_000;
  private static final long OUTSIDE_MILLIS = 60_000;
  private static final Problem NO_CONTACT =
      Problem.noticed("invalidContact", "this CA makes no account without a contact");

  private final Parts parts;
  private final URI directory;
  private final Optional<KnownCa> ca;
  private final Map<String, DefaultAcmeAccount> open = new ConcurrentHashMap<>();

  Accounts(Parts parts, URI directory, Optional<KnownCa> ca) {
    this.parts = parts;
    this.directory = directory;
    this.ca = ca;
  }

  Mono<AcmeAccount> find(String name) {
    Names.account(name);
    return Mono.defer(
        () -> {
          AcmeAccount known = open.get(name);
          return known != null
              ? Mono.just(known)
              : parts.accounts().load(name).flatMap(loaded -> born(name, loaded));
        });
  }

  /** A stored account; one whose creation a crash cut off is looked up by its key. */
  private Mono<AcmeAccount> born(String name, Loaded loaded) {
    return loaded.account().url().isPresent()
        ? Mono.fromSupplier(() -> open(name, loaded))
        : byKey(loaded.current()).flatMap(url -> adopt(name, loaded, url));
  }

  Mono<AcmeAccount> findOrCreate(AccountRequest request) {
    return find(request.name())
        .switchIfEmpty(Mono.defer(() -> create(request)))
        .onErrorResume(
            StoreConflictException.class,
            lost -> find(request.name()).switchIfEmpty(Mono.defer(() -> create(request))));
  }

  /**
   * Under the lease: once the account exists, another process could roll its key over, and a
   * newAccount that is sent again, or arrives late, with the replaced key would create a second
   * account. So the lease is kept until the answer is here, also when the subscriber goes away.
   */
  private Mono<AcmeAccount> create(AccountRequest request) {
    return mayBeCreated(request) // asks a server that is down, which nobody need wait for
        .then(
            parts
                .underWay()
                .detached(
                    new AccountLease(parts, request.name())
                        .whenFree(lease -> createAlone(request))));
  }

  private Mono<AcmeAccount> createAlone(AccountRequest request) {
    return parts
        .accounts()
        .load(request.name())
        .switchIfEmpty(
            Mono.defer(
                () ->
                    key(request)
                        .flatMap(
                            key ->
                                parts
                                    .accounts()
                                    .create(
                                        request.name(),
                                        AccountRecord.unborn(key.thumbprint()),
                                        key))))
        .flatMap(
            loaded ->
                loaded.account().url().isPresent()
                    ? Mono.fromSupplier(() -> open(request.name(), loaded))
                    : newAccount(request, loaded, CREATIONS, false)
                        .flatMap(url -> adopt(request.name(), loaded, url)));
  }

  /** Nothing is made or sent for an account that the CA would refuse by what its directory says. */
  private Mono<Void> mayBeCreated(AccountRequest request) {
    return parts
        .directory()
        .doOnNext(
            directory -> {
              AcmeException.At at =
                  new AcmeException.At(AcmeOperation.NEW_ACCOUNT, directory.newAccount(), 0);
              boolean bound =
                  directory.meta().externalAccountRequired()
                      || ca.filter(KnownCa::externalAccountRequired).isPresent();
              if (bound && request.externalAccount().isEmpty()) {
                throw new AcmeExternalAccountException(at);
              }
              if (ca.filter(KnownCa::contactRequired).isPresent() && request.contacts().isEmpty()) {
                throw new AcmeProblemException(at, 0, NO_CONTACT);
              }
            })
        .then();
  }

  private Mono<AccountKey> key(AccountRequest request) {
    return Mono.justOrEmpty(request.signer())
        .flatMap(this::given)
        .switchIfEmpty(Mono.defer(() -> Mono.justOrEmpty(request.key()).flatMap(this::given)))
        .switchIfEmpty(Mono.defer(() -> generated(request.keyType())));
  }

  /** A new key. */
  Mono<AccountKey> generated(KeyType type) {
    return parts.crypto().generate(type).map(pair -> AccountKey.of(pair, parts.crypto()));
  }

  /** A key that the user gives. */
  Mono<AccountKey> given(KeyPair pair) {
    return parts.crypto().heavy(() -> AccountKey.of(Keys.check(pair), parts.crypto()));
  }

  /** A key that the user has elsewhere. */
  Mono<AccountKey> given(AccountSigner signer) {
    return parts.signers().given(signer, directory);
  }

  /** newAccount; when nobody knows whether it was done, the key tells. */
  private Mono<URI> newAccount(
      AccountRequest request, Loaded loaded, int tries, boolean maybeDone) {
    AccountKey key = loaded.current();
    return parts
        .directory()
        .flatMap(
            directory ->
                parts
                    .requests()
                    .send(
                        SignedRequest.embedding(
                                AcmeOperation.NEW_ACCOUNT,
                                directory.newAccount(),
                                key,
                                payload(request, key, directory.newAccount()),
                                parts.resources()::location)
                            // 404: somebody created it a moment ago, and a replica is late
                            .youngUntil(parts.youngUntilMillis())))
        .onErrorResume(
            error -> {
              if (error instanceof AcmeException lost && lost.outcomeUnknown() && tries > 1) {
                return byKey(key)
                    .switchIfEmpty(Mono.defer(() -> newAccount(request, loaded, tries - 1, true)));
              }
              return !maybeDone
                      && error instanceof AcmeProblemException refused
                      && refused.status() / 100 == 4
                      && refused.attempts() == 1 // else a try before it may have been passed on
                  ? parts.accounts().discard(request.name(), loaded).then(Mono.error(error))
                  : Mono.error(error);
            });
  }

  private Mono<byte[]> payload(AccountRequest request, AccountKey key, URI newAccount) {
    ObjectNode json = Json.object();
    if (request.agreesToTerms()) {
      json.put("termsOfServiceAgreed", true);
    }
    if (!request.contacts().isEmpty()) {
      ArrayNode contacts = json.putArray("contact");
      request.contacts().forEach(contacts::add);
    }
    return Mono.justOrEmpty(request.externalAccount())
        .flatMap(
            binding ->
                parts
                    .crypto()
                    .heavy(
                        () ->
                            Jws.externalAccountBinding(
                                binding.kid(),
                                binding.macKey(),
                                binding.algorithm().jws(),
                                key,
                                newAccount)))
        .doOnNext(jws -> json.set("externalAccountBinding", Json.raw(jws)))
        .then(Mono.fromSupplier(() -> Json.write(json)));
  }

  /** Which account has this key (RFC 8555 §7.3.1); empty when the server knows none. */
  Mono<URI> byKey(AccountKey key) {
    ObjectNode json = Json.object().put("onlyReturnExisting", true);
    return parts
        .directory()
        .flatMap(
            directory ->
                parts
                    .requests()
                    .send(
                        SignedRequest.embedding(
                            AcmeOperation.FIND_ACCOUNT,
                            directory.newAccount(),
                            key,
                            Mono.just(Json.write(json)),
                            parts.resources()::location)))
        .onErrorResume(
            AcmeProblemException.class,
            e -> e.problem().is("accountDoesNotExist") ? Mono.empty() : Mono.error(e));
  }

  private Mono<AcmeAccount> adopt(String name, Loaded loaded, URI url) {
    return parts
        .accounts()
        .modify(
            name,
            loaded.keys(),
            null,
            account ->
                account.url().isPresent() ? account : account.withUrl(url, parts.timing().now()))
        .map(
            stored -> {
              LOG.info(
                  "event=account-known account={} name={} key={}",
                  url,
                  name,
                  stored.account().key());
              return open(name, stored);
            });
  }

  /** The account of this URL, if the key is its key. */
  Mono<AcmeAccount> importAccount(String name, URI url, Mono<AccountKey> given) {
    Names.account(name);
    return given.flatMap(
        key ->
            byKey(key)
                .filter(url::equals)
                .switchIfEmpty(
                    Mono.error(
                        () ->
                            new IllegalArgumentException(
                                "the key " + key.thumbprint() + " is not that of " + url)))
                .flatMap(found -> imported(name, found, key)));
  }

  /** Whichever account has the key. */
  Mono<AcmeAccount> importAccount(String name, Mono<AccountKey> given) {
    Names.account(name);
    return given.flatMap(key -> byKey(key).flatMap(found -> imported(name, found, key)));
  }

  private Mono<AcmeAccount> imported(String name, URI url, AccountKey key) {
    return parts
        .accounts()
        .create(
            name, AccountRecord.unborn(key.thumbprint()).withUrl(url, parts.timing().now()), key)
        .map(loaded -> open(name, loaded));
  }

  /** One state for each account: who comes second gets the first one's. */
  private AcmeAccount open(String name, Loaded loaded) {
    URI url = loaded.account().url().orElseThrow();
    try {
      parts.resources().urls().check(url.toString(), loaded.stored().path());
    } catch (NotAcme e) {
      throw new StoreException(
          loaded.stored().path(), "expected " + e.expected() + ", but it is " + e.came(), e);
    }
    DefaultAcmeAccount opened =
        open.computeIfAbsent(
            name,
            absent -> {
              StateOf state = new StateOf(name, url, loaded);
              return new DefaultAcmeAccount(
                  parts, this, name, state.state, state.rollovers, parts.solvers());
            });
    parts.proofs().sweep(parts.solvers()); // what a crash left standing
    return opened;
  }

  void close(String name) {
    open.remove(name);
  }

  /** A state, and what it needs to find out about its keys. */
  private final class StateOf {
    final AccountState state;
    final RolloverFlow rollovers;

    StateOf(String name, URI url, Loaded loaded) {
      KeyArbiter arbiter = new KeyArbiter();
      state =
          new AccountState(
              url,
              loaded.current(),
              loaded.account().young(parts.timing().now(), parts.limits().rolloverWindow()),
              parts.timing(),
              parts.limits(),
              parts.observer(),
              arbiter.verdict());
      rollovers = new RolloverFlow(parts, Accounts.this, name, state);
      arbiter.state = Optional.of(state);
      arbiter.rollovers = Optional.of(rollovers);
      rollovers.restore(loaded);
    }
  }

  /** Finds out whether a key that was refused is still the account's; one question at a time. */
  private final class KeyArbiter {
    private volatile Optional<AccountState> state = Optional.empty();
    private volatile Optional<RolloverFlow> rollovers = Optional.empty();
    private volatile long askedMillis = Long.MIN_VALUE;
    private volatile long askedInWindowMillis = Long.MIN_VALUE;
    private volatile Verdict lastVerdict = Verdict.UNKNOWN;

    Mono<Verdict> verdict() {
      return Mono.defer(this::ask)
          .onErrorResume(
              error -> {
                LOG.debug("could not ask about the account's key", error);
                return Mono.just(Verdict.UNKNOWN);
              })
          .cacheInvalidateIf(verdict -> true);
    }

    private Mono<Verdict> ask() {
      return rollovers
          .orElseThrow()
          .refreshed()
          .flatMap(changed -> changed ? Mono.just(Verdict.KEYS_CHANGED) : probe());
    }

    /** Inside a window, or of a new account, a no proves nothing, so it is not kept. */
    private Mono<Verdict> probe() {
      long now = parts.timing().millis();
      AccountState asked = state.orElseThrow();
      if (asked.windowOpen() || asked.young()) {
        if (since(askedInWindowMillis, now) < INSIDE_MILLIS) {
          return Mono.just(Verdict.UNKNOWN);
        }
        askedInWindowMillis = now;
        return ask(asked);
      }
      if (since(askedMillis, now) < OUTSIDE_MILLIS) {
        return Mono.just(lastVerdict);
      }
      askedMillis = now;
      return ask(asked).doOnNext(verdict -> lastVerdict = verdict);
    }

    private Mono<Verdict> ask(AccountState asked) {
      return byKey(asked.current())
          .map(url -> url.equals(asked.url()) ? Verdict.OURS : Verdict.NOT_OURS)
          // a replica that is late does not know a new account either: its no proves nothing
          .switchIfEmpty(
              Mono.fromSupplier(() -> asked.young() ? Verdict.UNKNOWN : Verdict.NOT_OURS));
    }

    private static long since(long before, long now) {
      return before == Long.MIN_VALUE ? Long.MAX_VALUE : now - before;
    }
  }
}
