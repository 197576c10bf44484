package io.github.certflux;

import io.github.certflux.StoredAccounts.Loaded;
import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Gate;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.RolloverPolicy;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
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
  private static final Duration REPAIR_AGAIN = Duration.ofSeconds(10);

  private final Parts parts;
  private final Accounts accounts;
  private final String name;
  private final AccountState state;
  private final RolloverWindow window;
  private final AccountLease lease;
  private final AtomicBoolean repairing = new AtomicBoolean();

  RolloverFlow(Parts parts, Accounts accounts, String name, AccountState state) {
    this.parts = parts;
    this.accounts = accounts;
    this.name = name;
    this.state = state;
    this.window = new RolloverWindow(parts, name, state, Mono.defer(this::redoneIfUndone));
    this.lease = new AccountLease(parts, name);
  }

  /** A rollover to a key that is made or given; finished even if its subscriber goes away. */
  Mono<KeyRollover> rollOver(Mono<AccountKey> newKey) {
    return parts
        .underWay()
        .detached(
            newKey // outside the gate: a signer that is elsewhere may let us wait
                .flatMap(key -> inTurn(lease.whenFree(held -> begin(key, held))))
                .doOnError(this::unfinished)); // also where nobody is left to be told
  }

  private <T> Mono<T> inTurn(Mono<T> work) {
    return Mono.using(
        () -> state.gate().exclusive(),
        pass -> pass.enter().flatMap(inside -> work),
        Gate.Pass::close);
  }

  private Mono<KeyRollover> begin(AccountKey key, Lease lease) {
    return finishPending(lease)
        .then(parts.accounts().sweep(name))
        .then(
            Mono.defer(
                () ->
                    key.equals(state.current())
                        ? Mono.error(
                            new IllegalArgumentException(
                                "the key " + key.thumbprint() + " is the account's key already"))
                        : change(key, lease)));
  }

  private Mono<KeyRollover> change(AccountKey key, Lease lease) {
    return parts
        .accounts()
        .writeKey(name, key, lease)
        .then(modify(lease, key, account -> account.withPending(key.thumbprint())))
        .then(Mono.defer(() -> finish(keyChange(key, false), lease)));
  }

  /** What another process, or this one before a crash, left half done. */
  private Mono<Void> finishPending(Lease lease) {
    return parts
        .accounts()
        .load(name, state.known())
        .switchIfEmpty(Mono.error(() -> gone()))
        .flatMap(
            loaded -> {
              window.adopt(loaded);
              return Mono.justOrEmpty(loaded.pending());
            })
        .flatMap(
            pending -> {
              LOG.info(
                  "event=rollover-resumed account={} pending={}",
                  state.url(),
                  pending.thumbprint());
              return finish(keyChange(pending, true), lease)
                  .then()
                  .onErrorResume(e -> state.candidate() == null, e -> Mono.empty());
            });
  }

  private KeyChange keyChange(AccountKey key, boolean resumed) {
    return new KeyChange(parts, accounts, state, key, resumed);
  }

  /**
   * A key-change that was long under way may come after the rollover that followed it, to a front
   * end that is late to know of either: then the account has a key again that was replaced. It
   * can't come later than the end of the window of the key that signed it, and what it brings back
   * was replaced after that one. So who ends a window looks, if there are others.
   */
  private Mono<Void> redoneIfUndone() {
    return parts
        .accounts()
        .load(name, state.known())
        .filterWhen(this::isUndone)
        .flatMap(undone -> inTurn(lease.whenFree(this::redone)));
  }

  private Mono<Boolean> isUndone(Loaded loaded) {
    if (loaded.pending().isPresent() || loaded.account().replaced().size() < 2) {
      return Mono.just(false);
    }
    return has(loaded.current()).map(has -> !has);
  }

  /** Whether the account has the key, as far as the server says. */
  private Mono<Boolean> has(AccountKey key) {
    return accounts
        .byKey(key)
        .map(state.url()::equals)
        .defaultIfEmpty(false)
        .onErrorReturn(RolloverFlow::isDeactivated, false);
  }

  /** Nothing is said of its keys then. */
  private static boolean isDeactivated(Throwable error) {
    return error instanceof AcmeProblemException p && p.problem().is("unauthorized");
  }

  private Mono<Void> redone(Lease lease) {
    return parts
        .accounts()
        .load(name, state.known())
        .filterWhen(this::isUndone)
        .flatMap(
            loaded ->
                Flux.fromIterable(loaded.account().replaced())
                    .mapNotNull(former -> loaded.keys().get(former.key()))
                    .filterWhen(this::has, 1)
                    .next())
        .flatMap(
            key -> {
              LOG.warn(
                  "event=rollover-undone account={} key={} next=rolled-over-again",
                  state.url(),
                  key.thumbprint());
              return modify(lease, key, account -> account.undone(key.thumbprint()))
                  .then(finishPending(lease));
            });
  }

  private StoreException gone() {
    return new StoreException(name, "the account " + name + " is no longer in the store", null);
  }

  private Mono<Loaded> modify(Lease lease, AccountKey key, UnaryOperator<AccountRecord> change) {
    Map<String, AccountKey> known = state.known();
    known.put(key.thumbprint(), key);
    return parts
        .accounts()
        .modify(name, known, lease, change)
        .switchIfEmpty(Mono.error(() -> gone()));
  }

  // From here on the new key is in the store, and the account will have it.

  private Mono<KeyRollover> finish(KeyChange change, Lease lease) {
    AccountKey key = change.key();
    AccountKey before = state.current();
    state.candidate(key);
    Instant began = parts.timing().now();
    return change
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
              window.schedule(loaded.account());
              LOG.info(
                  "event={} account={} key={} replaced={} key-changes={} ms={}",
                  change.isResumed() ? "rollover-repaired" : "rollover",
                  state.url(),
                  key.thumbprint(),
                  before.thumbprint(),
                  change.sent(),
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
            KeyChange.Refused.class,
            refused ->
                modify(lease, before, AccountRecord::withoutPending)
                    .then(parts.accounts().deleteUnlessNamed(name, key.thumbprint()))
                    .doOnSuccess(
                        done -> {
                          state.forget(key);
                          LOG.warn(
                              "event=rollover-refused account={} key={} refused={} reason=\"{}\"",
                              state.url(),
                              before.thumbprint(),
                              key.thumbprint(),
                              refused.getMessage());
                        })
                    .then(Mono.error(refused.reason())));
  }

  /** Takes over what the store says, where another process may have written; signals if it did. */
  Mono<Boolean> refreshed() {
    return parts
        .accounts()
        .load(name, state.known())
        .map(window::adopt)
        .doOnNext(changed -> repairLater()) // what is pending stays so if its process dies
        .defaultIfEmpty(false);
  }

  /** Takes over what was stored when this client first saw the account. */
  void restore(Loaded loaded) {
    if (!window.adopt(loaded)) {
      return;
    }
    if (loaded.pending().isPresent()) {
      repairDetached();
    }
  }

  private void repairDetached() {
    parts.underWay().detached(repair()).subscribe(done -> {}, this::unfinished, this::repairLater);
  }

  /** A rollover ended in the middle: its key stays pending, and signs beside the current one. */
  private void unfinished(Throwable error) {
    AccountKey pending = state.candidate();
    if (pending != null) {
      LOG.warn(
          "event=rollover-unfinished account={} key={} pending={} next=repair-in-{}s",
          state.url(),
          state.current().thumbprint(),
          pending.thumbprint(),
          REPAIR_AGAIN.toSeconds(),
          error);
      repairLater();
    }
  }

  /** If there is still something to repair: the CA may be down, or somebody else at it. */
  private void repairLater() {
    if (state.candidate() == null || !repairing.compareAndSet(false, true)) {
      return;
    }
    parts
        .timing()
        .delay(REPAIR_AGAIN)
        .takeUntilOther(parts.underWay().closing())
        .subscribe(
            now -> {
              repairing.set(false);
              if (state.candidate() != null) {
                repairDetached();
              }
            });
  }

  /** Finishes a rollover that a crash cut off, unless a process that lives is at it. */
  private Mono<Void> repair() {
    return inTurn(lease.ifFree(this::finishPending));
  }
}
