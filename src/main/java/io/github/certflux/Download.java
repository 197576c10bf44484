package io.github.certflux;

import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.internal.ChainFormatException;
import io.github.certflux.internal.Chains;
import io.github.certflux.internal.Links;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProtocolException;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Downloads a certificate with the chain that is preferred (RFC 8555 §7.4.2). An alternate that
 * can't be had in time, or is of another certificate, costs nobody the certificate itself.
 *
 * @param parts of the client
 * @param account that ordered it
 * @param preference which chain is wanted
 * @param check what is wrong with a chain
 * @param key what goes with it
 * @param order that it is of; null where its URL is all that is known
 */
record Download(
    Parts parts,
    AccountState account,
    ChainPreference preference,
    Function<List<X509Certificate>, Optional<String>> check,
    Optional<KeyPair> key,
    @Nullable URI order) {
  private static final Logger LOG = LoggerFactory.getLogger(Download.class);
  private static final int MOST_ALTERNATES = 8;

  /** A chain, and where the others are. */
  private record Fetched(URI url, List<X509Certificate> chain, List<URI> alternates) {}

  /** Whatever certificate is there, with a chain of its own. */
  Download(Parts parts, AccountState account, ChainPreference preference) {
    this(
        parts,
        account,
        preference,
        chain -> Chains.mismatch(chain, chain.get(0).getPublicKey(), List.of()),
        Optional.empty(),
        null);
  }

  Mono<Certificate> from(URI url) {
    return fetch(url)
        .flatMap(
            first -> {
              Optional<String> wrong = check.apply(first.chain());
              return wrong.isPresent()
                  ? Mono.error(
                      new AcmeProtocolException(
                          new AcmeException.At(AcmeOperation.CERTIFICATE, url, 1),
                          "the certificate that was ordered",
                          wrong.get(),
                          null))
                  : chosen(first);
            });
  }

  private Mono<Certificate> chosen(Fetched first) {
    if (preference.fits(first.chain())) {
      return Mono.just(certificate(first, first, true));
    }
    Flux<Fetched> others = alternates(first).takeUntilOther(parts.timing().delay(longestLook()));
    Mono<Fetched> found =
        preference.isShortest()
            ? others.reduce(first, (a, b) -> b.chain().size() < a.chain().size() ? b : a)
            : others.filter(other -> preference.fits(other.chain())).next();
    return found
        .map(other -> certificate(other, first, true))
        .switchIfEmpty(Mono.fromSupplier(() -> certificate(first, first, false)));
  }

  /** The time of the whole way is not to end over chains: there is a certificate already. */
  private Duration longestLook() {
    Duration operation = parts.limits().operationTime();
    Duration whole = parts.limits().issueTime();
    return (operation.compareTo(whole) < 0 ? operation : whole).dividedBy(2);
  }

  private Flux<Fetched> alternates(Fetched first) {
    return Flux.fromIterable(first.alternates())
        .concatMap(this::fetch, 0) // the next is fetched when it is asked for
        .filter(other -> isSame(first, other))
        .onErrorResume(
            AcmeException.class,
            error -> {
              LOG.warn(
                  "event=alternate-chain-not-fetched account={} certificate={} reason=\"{}\"",
                  account.url(),
                  first.url(),
                  error.getMessage());
              return Flux.empty();
            });
  }

  private boolean isSame(Fetched first, Fetched other) {
    return first.chain().get(0).equals(other.chain().get(0))
        && check.apply(other.chain()).isEmpty();
  }

  private Certificate certificate(Fetched chosen, Fetched first, boolean preferred) {
    return new Certificate(chosen.url(), chosen.chain(), key, first.alternates(), preferred);
  }

  private Mono<Fetched> fetch(URI url) {
    return parts
        .requests()
        .send(
            SignedRequest.get(AcmeOperation.CERTIFICATE, url, account, answer -> read(url, answer))
                .with(Priority.FINISH)
                .youngUntil(parts.youngUntilMillis())
                .about(order));
  }

  private Fetched read(URI url, AcmeResponse answer) {
    try {
      return new Fetched(url, Chains.parse(answer.body()), links(url, answer));
    } catch (ChainFormatException e) {
      throw new NotAcme("a certificate chain in PEM", String.valueOf(e.getMessage()), e);
    }
  }

  private List<URI> links(URI url, AcmeResponse answer) {
    return Links.of(answer).targets("alternate").stream()
        .flatMap(target -> resolved(url, target))
        .distinct()
        .limit(MOST_ALTERNATES)
        .toList();
  }

  /** A link that no request may go to is passed over. */
  private Stream<URI> resolved(URI url, String target) {
    try {
      return Stream.of(parts.resources().urls().resolve(url, target, "Link"));
    } catch (NotAcme e) {
      return Stream.empty();
    }
  }
}
