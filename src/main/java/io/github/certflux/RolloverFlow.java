package io.github.certflux;

import io.github.certflux.StoredAccounts.Loaded;
import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Gate;
import io.github.certflux.internal.Jws;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.RolloverPolicy;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Rolls an account key over (RFC 8555 §7.3.5) so that a crash at any step is repaired by the next
 * start: pending key stored → key-change sent → confirmed → promoted → replaced key destroyed.
 *
 * <p>Boulder's key-change has no condition on the key it replaces, so a late or stale one could
 * undo another: rollovers of an account are done one at a time, over all processes, under a lease.
 * Once a key is pending, the flow only goes forward, towards that key, which makes every step safe
 * to repeat. A 200 is not believed: Pebble gives one where it changed nothing.
 */
final class RolloverFlow {
  private static final Logger LOG = LoggerFactory.getLogger(RolloverFlow.class);
  private static final Duration LEASE_TERM = Duration.ofSeconds(30);
  private static final Duration LEASE_RENEWAL = Duration.ofSeconds(10);
  private static final Duration FIRST_WAIT = Duration.ofMillis(30);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(500);
  private static final Duration REPAIR_AGAIN = Duration.ofSeconds(10);
  private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);

  private final Parts parts;
  private final Accounts accounts;
  private final String name;
  private final AccountState state;

  RolloverFlow(Parts parts, Accounts accounts, String name, AccountState state) {
    this.parts = parts;
    this.accounts = accounts;
    this.name = name;
    this.state = state;
  }

  /** A rollover to a key that is made or given; finished even if its subscriber goes away. */
  Mono<KeyRollover> rollOver(Mono<AccountKey> newKey) {
    return parts
        .underWay()
        .detached(
            Mono.using(
                () -> state.gate().exclusive(),
                pass -> pass.enter().flatMap(inside -> underLease(newKey)),
                Gate.Pass::close))
        .doOnError(error -> repairLater());
  }

  private Mono<KeyRollover> underLease(Mono<AccountKey> newKey) {
    return Mono.usingWhen(
        parts.accounts().lease(name, LEASE_TERM),
        lease -> kept(lease, begin(newKey, lease)),
        this::release);
  }

  /** Renews the lease for as long as the work takes; a lease that is lost ends the work. */
  private <T> Mono<T> kept(Lease lease, Mono<T> work) {
    Mono<T> lost =
        parts
            .timing()
            .delay(LEASE_RENEWAL)
            .then(lease.renew())
            .repeat()
            .then(Mono.<T>never())
            .doOnError(e -> LOG.warn("event=lease-lost account={}", state.url()));
    return Mono.firstWithSignal(work, lost);
  }

  private Mono<Void> release(Lease lease) {
    return lease
        .release()
        .onErrorResume(
            e -> {
              LOG.warn("event=lease-not-released account={}", state.url(), e);
              return Mono.empty();
            });
  }

  private Mono<KeyRollover> begin(Mono<AccountKey> newKey, Lease lease) {
    return finishPending(lease)
        .then(parts.accounts().sweep(name))
        .then(newKey)
        .flatMap(
            key ->
                key.equals(state.current())
                    ? Mono.error(
                        new IllegalArgumentException(
                            "the key " + key.thumbprint() + " is the account's key already"))
                    : parts
                        .accounts()
                        .writeKey(name, key, lease)
                        .then(modify(lease, key, account -> account.withPending(key.thumbprint())))
                        .then(Mono.defer(() -> finish(key, lease))));
  }

  /** What another process, or this one before a crash, left half done. */
  private Mono<Void> finishPending(Lease lease) {
    return parts
        .accounts()
        .load(name)
        .switchIfEmpty(Mono.error(() -> gone()))
        .flatMap(
            loaded -> {
              adopt(loaded);
              return Mono.justOrEmpty(loaded.pending());
            })
        .flatMap(
            pending -> {
              LOG.info(
                  "event=rollover-resumed account={} pending={}",
                  state.url(),
                  pending.thumbprint());
              return finish(pending, lease)
                  .then()
                  .onErrorResume(e -> state.candidate() == null, e -> Mono.empty());
            });
  }

  private StoreException gone() {
    return new StoreException(name, "the account " + name + " is no longer in the store", null);
  }

  private Mono<Loaded> modify(Lease lease, AccountKey key, UnaryOperator<AccountRecord> change) {
    Map<String, AccountKey> known = new HashMap<>();
    state.keys().forEach(k -> known.put(k.thumbprint(), k));
    known.put(key.thumbprint(), key);
    return parts
        .accounts()
        .modify(name, known, lease, change)
        .switchIfEmpty(Mono.error(() -> gone()));
  }

  // From here on the new key is in the store, and the account will have it.

  private Mono<KeyRollover> finish(AccountKey key, Lease lease) {
    AccountKey before = state.current();
    state.candidate(key);
    Instant began = parts.timing().now();
    return new Change(key)
        .run()
        .then(
            Mono.defer(
                () ->
                    modify(
                        lease,
                        key,
                        account ->
                            account.key().equals(key.thumbprint())
                                ? account.withoutPending()
                                : account.promoted(
                                    key.thumbprint(), parts.timing().now(), state.weights()))))
        .map(
            loaded -> {
              state.promote(key);
              schedule(List.of(before.thumbprint()));
              LOG.info(
                  "event=rollover account={} key={} replaced={} ms={}",
                  state.url(),
                  key.thumbprint(),
                  before.thumbprint(),
                  Duration.between(began, parts.timing().now()).toMillis());
              return new KeyRollover(
                  state.url(), key.type(), key.thumbprint(), before.thumbprint());
            })
        .flatMap(
            done ->
                parts.limits().rolloverPolicy() == RolloverPolicy.NEW_KEY_ONLY
                    ? parts.accounts().forgetKey(name, before.thumbprint()).thenReturn(done)
                    : Mono.just(done))
        .onErrorResume(
            Refused.class,
            refused ->
                modify(lease, before, AccountRecord::withoutPending)
                    .then(parts.accounts().deleteUnlessNamed(name, key.thumbprint()))
                    .doOnSuccess(done -> state.forget(key))
                    .then(Mono.error(refused.reason)));
  }

  /** The server refused the new key and cannot have taken it. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final AcmeException reason;

    Refused(AcmeException reason) {
      super(reason.getMessage(), reason, false, false);
      this.reason = reason;
    }
  }

  /** Sends the key-change until the account is known to have the key; made for one subscription. */
  private final class Change {
    private final AccountKey key;
    private final AtomicBoolean maybeDone = new AtomicBoolean();
    private final long startedNanos = parts.timing().nanos();
    private int round;

    Change(AccountKey key) {
      this.key = key;
    }

    Mono<Void> run() {
      return Mono.defer(this::once)
          .repeatWhenEmpty(rounds -> rounds.concatMap(r -> pause()))
          .then();
    }

    /** Signals true once the account has the key; empty to go on. */
    private Mono<Boolean> once() {
      return send()
          .onErrorResume(
              AcmeException.class,
              error -> {
                if (error.outcomeUnknown()) {
                  maybeDone.set(true);
                  return Mono.empty();
                }
                return refused(error);
              })
          .then(Mono.defer(this::confirmed));
    }

    private Mono<Void> refused(AcmeException error) {
      boolean mayBeDone =
          error instanceof AcmeProblemException p
              && (p.status() == 409 || (p.status() == 400 && p.problem().is("malformed")));
      if (!mayBeDone) {
        return Mono.error(maybeDone.get() ? error : new Refused(error));
      }
      // done before, by a request whose answer was lost; or another account has this key
      return owner()
          .map(Optional::of)
          .defaultIfEmpty(Optional.empty())
          .flatMap(
              owner -> {
                if (owner.isPresent()) {
                  return owner.get().equals(state.url())
                      ? Mono.<Void>empty()
                      : Mono.<Void>error(new Refused(error));
                }
                return elapsed().compareTo(parts.limits().rolloverWindow()) > 0
                    ? givenUp(error)
                    : Mono.<Void>empty();
              });
    }

    /** No replica is that late: the server does not have the new key. Does it have the old one? */
    private Mono<Void> givenUp(AcmeException error) {
      return accounts
          .byKey(state.current())
          .map(url -> (Throwable) error)
          .defaultIfEmpty(
              error instanceof AcmeProblemException p
                  ? new AcmeAccountKeyException(
                      new AcmeException.At(AcmeOperation.KEY_CHANGE, state.url(), round + 1),
                      p.status(),
                      p.problem())
                  : error)
          .flatMap(
              reason ->
                  Mono.error(
                      maybeDone.get() || !(reason instanceof AcmeException known)
                          ? reason
                          : new Refused(known)));
    }

    private Mono<Void> send() {
      return parts
          .directory()
          .flatMap(
              directory -> {
                URI url = directory.keyChange();
                return parts
                    .requests()
                    .send(
                        SignedRequest.of(
                                AcmeOperation.KEY_CHANGE, url, state, new byte[0], answer -> true)
                            .withPayload(
                                signing ->
                                    Jws.keyChange(signing, key, state.url().toString(), url)));
              })
          .then();
    }

    private Mono<Boolean> confirmed() {
      return owner()
          .flatMap(
              url -> {
                if (url.equals(state.url())) {
                  return Mono.just(true);
                }
                return Mono.error(
                    new Refused(
                        new AcmeProtocolException(
                            new AcmeException.At(AcmeOperation.KEY_CHANGE, state.url(), round),
                            "a key that no other account has",
                            "the key of " + url,
                            null)));
              });
    }

    private Mono<URI> owner() {
      return accounts.byKey(key);
    }

    private Mono<Long> pause() {
      round++;
      maybeDone.set(true);
      if (elapsed().compareTo(parts.limits().operationTime()) > 0) {
        return Mono.error(
            new AcmeTimeoutException(
                new AcmeException.At(AcmeOperation.KEY_CHANGE, state.url(), round),
                parts.limits().operationTime(),
                null));
      }
      Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(round - 1, 10));
      return parts
          .timing()
          .delay(parts.timing().jitter(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait));
    }

    private Duration elapsed() {
      return Duration.ofNanos(parts.timing().nanos() - startedNanos);
    }
  }

  // The window, and what the store says of it.

  /** Takes over what was stored when this client first saw the account. */
  void restore(Loaded loaded) {
    if (!adopt(loaded)) {
      return;
    }
    if (loaded.pending().isPresent()) {
      repairDetached();
    }
  }

  private void repairDetached() {
    parts
        .underWay()
        .detached(repair())
        .subscribe(
            done -> {},
            error -> {
              LOG.warn(
                  "event=rollover-not-repaired account={}; both keys go on, next try in {} s",
                  state.url(),
                  REPAIR_AGAIN.toSeconds(),
                  error);
              repairLater();
            },
            this::repairLater);
  }

  /** If there is still something to repair: the CA may be down, or somebody else at it. */
  private void repairLater() {
    if (state.candidate() == null) {
      return;
    }
    parts
        .timing()
        .delay(REPAIR_AGAIN)
        .takeUntilOther(parts.underWay().closing())
        .subscribe(
            now -> {
              if (state.candidate() != null) {
                repairDetached();
              }
            });
  }

  /** Finishes a rollover that a crash cut off, unless a process that lives is at it. */
  private Mono<Void> repair() {
    return Mono.using(
        () -> state.gate().exclusive(),
        pass ->
            pass.enter()
                .flatMap(
                    inside ->
                        Mono.usingWhen(
                            parts.accounts().tryLease(name, LEASE_TERM),
                            lease -> kept(lease, finishPending(lease)),
                            this::release)),
        Gate.Pass::close);
  }

  /**
   * Takes over the keys in the store where they differ from what is known. Clocks differ, so a
   * window that may be open is open for its whole length from now on.
   *
   * @return whether they did
   */
  boolean adopt(Loaded loaded) {
    AccountKey current = loaded.current();
    Map<AccountKey, Double> former = new LinkedHashMap<>();
    boolean window = false;
    Instant now = parts.timing().now();
    for (AccountRecord.Replaced replaced : loaded.account().replaced()) {
      Instant over = replaced.at().plus(parts.limits().rolloverWindow()).plus(CLOCKS_DIFFER);
      if (now.isBefore(over)) {
        window = true;
        AccountKey key = loaded.keys().get(replaced.key());
        if (key != null && parts.limits().rolloverPolicy() == RolloverPolicy.BOTH_KEYS) {
          former.put(key, replaced.weight());
        }
      } else {
        destroy(replaced.key());
      }
    }
    AccountKey pending = loaded.pending().orElse(null);
    boolean known =
        current.equals(state.current())
            && Objects.equals(pending, state.candidate())
            && (state.windowOpen() || !window)
            && state.keys().containsAll(former.keySet());
    if (known) {
      return false;
    }
    state.adopt(current, pending, former);
    schedule(loaded.account().replaced().stream().map(AccountRecord.Replaced::key).toList());
    return true;
  }

  /** Destroys replaced keys when the window is over; after a crash, the next start does. */
  private void schedule(List<String> replaced) {
    parts
        .timing()
        .delay(parts.limits().rolloverWindow())
        .takeUntilOther(parts.underWay().closing())
        .subscribe(
            over -> {
              replaced.forEach(this::destroy);
              state.endWindow();
            });
  }

  private void destroy(String thumbprint) {
    parts
        .underWay()
        .detached(
            parts
                .accounts()
                .modify(name, Map.of(), null, account -> account.without(thumbprint))
                .then(parts.accounts().deleteUnlessNamed(name, thumbprint)))
        .subscribe(
            done -> {},
            error -> LOG.warn("event=key-not-destroyed account={}", state.url(), error),
            () -> state.retire(thumbprint));
  }
}
