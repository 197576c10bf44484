package io.github.certflux.dns;

import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.store.AcmeStore;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Writes to an acme-dns server, which keeps challenges and nothing else: {@code
 * _acme-challenge.example.org} is made a CNAME of a name at that server once, by hand, and whoever
 * steals the credentials can change nothing but that name.
 *
 * <p>Accounts are given, or made by the provider itself and kept in a store: the first proof of a
 * name then fails with a {@link DnsException} that says which CNAME to set, and later ones go
 * through.
 *
 * <p>The server keeps the last two values of a name, just enough for a name and its wildcard in one
 * order; more at a time are refused here, since a third would push out the first. It has no way to
 * take a value away: {@link #remove} only gives its place free, and the value stays until two
 * others have been written.
 */
public final class AcmeDnsProvider implements DnsProvider {
  private static final int MOST_VALUES = 2;

  private final String name;
  private final JsonApi api;
  private final Changes changes;
  private final Map<String, AcmeDnsAccount> given;
  private final @Nullable AcmeDnsAccounts stored;

  /** By name: the values that this process needs there. */
  private final Map<String, List<String>> standing = new ConcurrentHashMap<>();

  /** Of these values the server has said that it has them. */
  private final Set<String> confirmed = ConcurrentHashMap.newKeySet();

  private AcmeDnsProvider(Builder builder) {
    name = builder.settings.nameOr("acme-dns:" + builder.server.getRawAuthority());
    api =
        new JsonApi(
            "acme-dns",
            builder.server,
            builder.settings,
            Map.of(),
            builder.accounts.values().stream().map(AcmeDnsAccount::password).toList(),
            body -> NotAcme.printable(Json.read(body, "acme-dns").text("error")));
    changes = builder.settings.changes();
    given = Map.copyOf(builder.accounts);
    AcmeStore store = builder.store;
    stored = store == null ? null : new AcmeDnsAccounts(store, builder.server, api);
  }

  /**
   * Begins a provider.
   *
   * @param server the URL that {@code /update} is added to
   * @return a builder
   */
  public static Builder builder(URI server) {
    return new Builder(server);
  }

  /** Builds an {@link AcmeDnsProvider}. */
  public static final class Builder {
    private final URI server;
    private final Map<String, AcmeDnsAccount> accounts = new ConcurrentHashMap<>();
    private ApiSettings settings = ApiSettings.defaults();
    private @Nullable AcmeStore store;

    private Builder(URI server) {
      this.server = server;
    }

    /**
     * Adds an account that was made before.
     *
     * @param account what the server gave
     * @return this builder
     */
    public Builder account(AcmeDnsAccount account) {
      accounts.put(AcmeDnsAccounts.normalised(account.fullDomain()), account);
      return this;
    }

    /**
     * Makes accounts for names that have none, and keeps them.
     *
     * @param ofAccounts where; may be the client's; stays the caller's to close
     * @return this builder
     */
    public Builder store(AcmeStore ofAccounts) {
      store = ofAccounts;
      return this;
    }

    /**
     * How the server is talked to.
     *
     * @param other proxy, roots, patience
     * @return this builder
     */
    public Builder settings(ApiSettings other) {
      settings = other;
      return this;
    }

    /**
     * Builds the provider. It loads what it needs: not for an event loop.
     *
     * @return a provider that has sent nothing yet
     * @throws IllegalArgumentException if no request may go to the server's URL
     */
    public AcmeDnsProvider build() {
      return new AcmeDnsProvider(this);
    }
  }

  /** {@inheritDoc} */
  @Override
  public String name() {
    return name;
  }

  /**
   * {@inheritDoc}
   *
   * @param record the value, of a name at the acme-dns server
   * @return completes when the server has it; {@link DnsException}, with {@link Reason#NO_ZONE} and
   *     the CNAME to set where the name is not one of the server's; {@link
   *     io.github.certflux.store.StoreException}
   */
  @Override
  public Mono<Void> add(TxtRecord record) {
    return changes.of(
        record.name(),
        change ->
            account(change, record.name())
                .flatMap(account -> updated(change, account, record.value())));
  }

  private Mono<AcmeDnsAccount> account(Change change, String at) {
    AcmeDnsAccount known = given.get(at);
    if (known != null) {
      return Mono.just(known);
    }
    AcmeDnsAccounts own = stored;
    return own == null
        ? Mono.error(
            () ->
                api.failure(
                    change,
                    Reason.NO_ZONE,
                    "",
                    "there is no acme-dns account for "
                        + at
                        + ": is _acme-challenge a CNAME of an account's full domain?",
                    null))
        : own.of(change, at);
  }

  /**
   * An update whose answer was lost may have been done, and a second one would then push out the
   * other value; so that is written again as well.
   */
  private Mono<Void> updated(Change change, AcmeDnsAccount account, String value) {
    String at = AcmeDnsAccounts.normalised(account.fullDomain());
    List<String> before = standing.getOrDefault(at, List.of());
    boolean known = before.contains(value);
    if (known && confirmed.contains(at + ' ' + value)) {
      return Mono.empty();
    }
    if (!known && before.size() >= MOST_VALUES) {
      return Mono.error(
          api.failure(
              change,
              Reason.FAILED,
              "",
              "acme-dns keeps two values of " + at + ", and both are needed by orders under way",
              null));
    }
    List<String> all = new ArrayList<>(before);
    if (!known) {
      all.add(value);
    }
    standing.put(at, List.copyOf(all));
    AtomicBoolean again = new AtomicBoolean(known); // nobody knows whether it was written
    return change
        .again(
            Flux.defer(
                    () ->
                        Flux.fromIterable(again.getAndSet(true) ? all : List.of(value))
                            .concatMap(each -> update(change, account, each)))
                .then(Mono.just(true)))
        .doOnSuccess(done -> confirmed.add(at + ' ' + value))
        .then();
  }

  private Mono<String> update(Change change, AcmeDnsAccount account, String value) {
    return api.once(
            change,
            HttpMethod.POST,
            "/update",
            Map.of("X-Api-User", account.username(), "X-Api-Key", account.password()),
            Json.write(Json.object().put("subdomain", account.subdomain()).put("txt", value)))
        .map(answer -> api.read(change, answer, body -> Json.read(body, "acme-dns").text("txt")));
  }

  /**
   * Gives the value's place free, without a request: acme-dns takes nothing away.
   *
   * @param record the value
   * @return completes at once, or once a change of the name that is under way has ended
   */
  @Override
  public Mono<Void> remove(TxtRecord record) {
    return changes.of(
        record.name(),
        change ->
            Mono.fromRunnable(
                () -> {
                  confirmed.remove(record.name() + ' ' + record.value());
                  standing.computeIfPresent(
                      record.name(),
                      (at, all) -> {
                        List<String> left =
                            all.stream().filter(each -> !each.equals(record.value())).toList();
                        return left.isEmpty() ? null : left;
                      });
                }));
  }

  /** {@inheritDoc} */
  @Override
  public Mono<Void> disposeLater() {
    return api.disposeLater();
  }

  @Override
  public String toString() {
    return name;
  }
}
