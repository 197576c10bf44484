package io.github.certflux.manager;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Begins a {@link CertificateManager}. Not thread-safe; {@link #build} warms up cryptography, so it
 * is not for an event loop. Store and clients stay the caller's to close.
 */
public final class CertificateManagerBuilder {
  private static final int IN_FLIGHT = 20;
  private static final int LIMIT = 300;
  private static final Duration LIMIT_TIME = Duration.ofHours(3);

  private final AcmeStore store;
  private final List<Authority> authorities = new ArrayList<>();
  private UnaryOperator<OrderRequest> each = UnaryOperator.identity();
  private int inFlight = IN_FLIGHT;
  private NewOrders newOrders = bound(LIMIT, LIMIT_TIME);
  private boolean keepKeys;
  private @Nullable OnDemand onDemand;
  private @Nullable String defaultName;
  private @Nullable KeyType accountKeyType;
  private Duration accountKeyAge = Duration.ZERO;
  private @Nullable Scheduler timer;
  private @Nullable Scheduler tellers;
  private @Nullable RandomGenerator random;
  private @Nullable Crypto crypto;

  CertificateManagerBuilder(AcmeStore store) {
    this.store = store;
  }

  /**
   * Adds a CA. The first is asked first, and the next one where it fails.
   *
   * @param client of the CA, with solvers; its store should be the manager's, so that an order that
   *     one node has left is resumed by another
   * @param account which account orders; created if it is not stored
   * @return this
   */
  public CertificateManagerBuilder ca(AcmeClient client, AccountRequest account) {
    return authority(new AcmeAuthority(client, account));
  }

  CertificateManagerBuilder authority(Authority authority) {
    authorities.add(authority);
    return this;
  }

  /**
   * What is ordered for names that are given without an {@link OrderRequest}.
   *
   * @param change adds profile, chain or key type; must not block
   * @return this
   */
  public CertificateManagerBuilder each(UnaryOperator<OrderRequest> change) {
    each = change;
    return this;
  }

  /**
   * How many orders this node has under way at a time; 20 unless given.
   *
   * @param orders 1 or more
   * @return this
   * @throws IllegalArgumentException if it is less
   */
  public CertificateManagerBuilder ordersInFlight(int orders) {
    if (orders < 1) {
      throw new IllegalArgumentException("orders in flight are 1 or more, not " + orders);
    }
    inFlight = orders;
    return this;
  }

  /**
   * How many orders this node sends that renew nothing; 300 in three hours unless given, which is
   * Let's Encrypt's limit for an account. A tenth of them are sent at once, the others evenly.
   *
   * @param most 1 or more; for the nodes of a cluster together it is so many times that
   * @param time in which, positive
   * @return this
   * @throws IllegalArgumentException if one is out of its range
   */
  public CertificateManagerBuilder newOrders(int most, Duration time) {
    if (most < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("not a number of orders in a time: " + most + ", " + time);
    }
    newOrders = bound(most, time);
    return this;
  }

  private static NewOrders bound(int most, Duration time) {
    return new NewOrders(most, Math.max(1, most / 10), time);
  }

  /**
   * Renews with the key that there is, as for pinned keys, instead of a new one each time.
   *
   * @return this
   */
  public CertificateManagerBuilder keepKeys() {
    keepKeys = true;
    return this;
  }

  /**
   * Issues certificates at the first handshake that asks for them: see {@link
   * CertificateManager#certificateOnDemand}.
   *
   * @param settings with the decision which names are allowed
   * @return this
   */
  public CertificateManagerBuilder onDemand(OnDemand settings) {
    onDemand = settings;
    return this;
  }

  /**
   * Whose certificate a handshake gets that names no server, or one for which there is none. It is
   * also the one that the key manager shows as a client, to a server that asks for a certificate.
   *
   * @param name one that is managed
   * @return this
   */
  public CertificateManagerBuilder defaultName(String name) {
    defaultName = name;
    return this;
  }

  /**
   * Rolls the account keys of all CAs over when they are so old, by one node for all. Their age
   * counts from when a manager on this store first saw the account.
   *
   * @param age an hour or more
   * @param type of the new keys
   * @return this
   * @throws IllegalArgumentException if it is less
   */
  public CertificateManagerBuilder rollAccountKeysOver(Duration age, KeyType type) {
    if (age.compareTo(Duration.ofHours(1)) < 0) {
      throw new IllegalArgumentException("account keys are an hour old or more, not " + age);
    }
    accountKeyAge = age;
    accountKeyType = type;
    return this;
  }

  /**
   * Clock and timer: every delay runs on it, and its clock is the only one that is read. The
   * parallel scheduler unless given.
   *
   * @param scheduler the timer; stays the caller's to close
   * @return this
   */
  public CertificateManagerBuilder timer(Scheduler scheduler) {
    timer = scheduler;
    return this;
  }

  /**
   * Where subscribers hear of events: what they do there holds up no renewal. The bounded elastic
   * scheduler unless given.
   *
   * @param scheduler one that may be blocked; stays the caller's to close
   * @return this
   */
  public CertificateManagerBuilder eventsOn(Scheduler scheduler) {
    tellers = scheduler;
    return this;
  }

  /**
   * Where draws and jitter come from. Must be safe for use by many threads.
   *
   * @param generator the source
   * @return this
   */
  public CertificateManagerBuilder random(RandomGenerator generator) {
    random = generator;
    return this;
  }

  /**
   * Reads keys: a seam for simulations, whose type may change.
   *
   * @param seam closed with the manager
   * @return this
   */
  public CertificateManagerBuilder crypto(Crypto seam) {
    crypto = seam;
    return this;
  }

  /**
   * Makes the manager. Nothing is read or sent yet.
   *
   * @return the manager
   * @throws IllegalArgumentException if there is no CA, or one twice
   */
  public CertificateManager build() {
    if (authorities.isEmpty()) {
      throw new IllegalArgumentException("a manager needs a CA");
    }
    if (authorities.stream().map(Authority::directory).distinct().count() < authorities.size()) {
      throw new IllegalArgumentException("a CA is given twice");
    }
    Timing timing =
        new Timing(
            timer == null ? Schedulers.parallel() : timer,
            random == null ? JcaCrypto.drbg() : random);
    return new DefaultCertificateManager(
        store,
        authorities,
        each,
        inFlight,
        newOrders,
        keepKeys,
        onDemand,
        defaultName,
        accountKeyAge,
        accountKeyType,
        timing,
        tellers == null ? Schedulers.boundedElastic() : tellers,
        crypto == null ? JcaCrypto.create() : crypto);
  }
}
