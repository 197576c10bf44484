package io.github.certflux.dns;

import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Accounts that were made at an acme-dns server, one for each name that is to be proved. */
final class AcmeDnsAccounts {
  private static final Logger LOG = LoggerFactory.getLogger(AcmeDnsAccounts.class);
  private static final String FOLDER = "acme-dns";

  private final AcmeStore store;
  private final String server;
  private final JsonApi api;

  AcmeDnsAccounts(AcmeStore store, URI server, JsonApi api) {
    this.store = store;
    this.server = server.toString();
    this.api = api;
  }

  /**
   * An account as it is stored.
   *
   * @param name the name that is to be a CNAME of the account's
   */
  private record Stored(String name, AcmeDnsAccount account) {}

  static String normalised(String name) {
    String small = name.toLowerCase(Locale.ROOT);
    return small.endsWith(".") ? small.substring(0, small.length() - 1) : small;
  }

  /** The account whose own name that is; else the error that says what is to be done. */
  Mono<AcmeDnsAccount> of(Change change, String at) {
    return all()
        .filter(stored -> normalised(stored.account().fullDomain()).equals(at))
        .next()
        .map(Stored::account)
        .switchIfEmpty(
            Mono.defer(
                () ->
                    store
                        .read(path(at))
                        .mapNotNull(record -> read(record).orElse(null))
                        .switchIfEmpty(Mono.defer(() -> registered(change, at)))
                        .flatMap(stored -> Mono.error(unset(change, stored)))));
  }

  private DnsException unset(Change change, Stored stored) {
    return api.failure(
        change,
        Reason.NO_ZONE,
        "",
        "set this record once, then try again: "
            + stored.name()
            + ". CNAME "
            + normalised(stored.account().fullDomain())
            + ".",
        null);
  }

  private Flux<Stored> all() {
    return store
        .list(FOLDER)
        .concatMap(store::read)
        .mapNotNull(record -> read(record).orElse(null));
  }

  /**
   * An answer that is lost leaves an account at the server that nobody uses, which does no harm.
   */
  private Mono<Stored> registered(Change change, String at) {
    return api.post(change, "/register", Json.object())
        .map(answer -> new Stored(at, api.read(change, answer, AcmeDnsAccounts::registration)))
        .flatMap(made -> change.step(written(made)));
  }

  private Mono<Stored> written(Stored made) {
    AcmeDnsAccount account = made.account();
    byte[] content =
        Json.writePretty(
            Json.object()
                .put("server", server)
                .put("name", made.name())
                .put("fulldomain", account.fullDomain())
                .put("subdomain", account.subdomain())
                .put("username", account.username())
                .put("password", account.password()));
    return store
        .write(path(made.name()), content, Condition.absent())
        .doOnNext(
            record ->
                LOG.info(
                    "event=acme-dns-registered server={} name={} cname={}",
                    server,
                    made.name(),
                    NotAcme.field(account.fullDomain())))
        .thenReturn(made)
        // another process has made one meanwhile
        .onErrorResume(
            StoreConflictException.class,
            error -> store.read(path(made.name())).mapNotNull(record -> read(record).orElse(null)));
  }

  private Optional<Stored> read(StoreRecord record) {
    try {
      Fields json = Json.read(record.content(), "the acme-dns account");
      return json.text("server").equals(server)
          ? Optional.of(new Stored(json.text("name"), account(json)))
          : Optional.empty();
    } catch (NotAcme error) {
      LOG.warn(
          "event=acme-dns-account-not-read record={} reason=\"{}\"",
          record.path(),
          error.expected());
      return Optional.empty();
    }
  }

  private static AcmeDnsAccount registration(byte[] body) {
    try {
      return account(Json.read(body, "the registration"));
    } catch (NotAcme error) {
      throw new NotAcme(error.expected(), "something else"); // which may hold the password
    }
  }

  private static AcmeDnsAccount account(Fields json) {
    return new AcmeDnsAccount(
        NotAcme.printable(json.text("fulldomain")),
        json.text("subdomain"),
        json.text("username"),
        json.text("password"));
  }

  /** A secret, by its ending. */
  private String path(String name) {
    return FOLDER
        + "/"
        + Fingerprints.of((server + " " + name).getBytes(StandardCharsets.UTF_8))
        + ".pem";
  }
}
