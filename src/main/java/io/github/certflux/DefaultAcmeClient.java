package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.Admission;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.NoncePool;
import io.github.certflux.internal.Observers;
import io.github.certflux.internal.Requests;
import io.github.certflux.internal.Resources;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.internal.Urls;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.RenewalInfo;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.store.AcmeStore;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** One server's client. */
final class DefaultAcmeClient implements AcmeClient {
  private static final Duration DIRECTORY_AGE = Duration.ofHours(1);
  private static final Duration NONCE_AGE = Duration.ofMinutes(5);

  private final URI url;
  private final AcmeTransport transport;
  private final Crypto crypto;
  private final UnderWay underWay;
  final Requests requests;
  private final Mono<Directory> directory;
  private final Parts parts;
  private final Accounts accounts;
  private final RenewalInfos renewalInfos;
  private final Mono<Void> disposal;

  DefaultAcmeClient(
      URI url,
      Urls urls,
      AcmeTransport transport,
      Crypto crypto,
      AcmeStore store,
      List<ChallengeSolver> solvers,
      LookFirst lookFirst,
      Function<String, Mono<AccountSigner>> byReference,
      RetryLimits limits,
      Timing timing,
      Observers observer,
      int inFlight,
      Duration leaseTerm) {
    this.url = url;
    this.transport = transport;
    this.crypto = crypto;
    this.underWay = new UnderWay();
    Resources resources = new Resources(urls);
    this.requests =
        new Requests(
            transport,
            new Admission(inFlight, timing),
            new NoncePool(timing, 2 * inFlight, NONCE_AGE),
            underWay,
            timing,
            limits,
            observer,
            Mono.defer(this::directory).map(Directory::newNonce));
    this.directory = cached(url, resources, timing);
    String folder = StoredAccounts.folder(url);
    Seats seats = new Seats(store, folder, leaseTerm, timing, underWay);
    Signers signers = new Signers(byReference, crypto, timing, limits.signerTime());
    this.parts =
        new Parts(
            directory,
            requests,
            resources,
            crypto,
            new StoredAccounts(store, new StoredKeys(crypto, signers), url),
            signers,
            new OrderJournal(store, folder, crypto, seats, timing),
            new ProofJournal(store, folder, seats, timing, underWay, limits.operationTime()),
            List.copyOf(solvers),
            new FailedTypes(),
            new Looking(
                lookFirst,
                timing,
                Mono.defer(this::directory).map(read -> read.meta().caaIdentities())),
            limits,
            leaseTerm,
            timing,
            observer,
            underWay);
    this.accounts = new Accounts(parts, url, KnownCa.at(url));
    this.renewalInfos = new RenewalInfos(parts, url);
    this.disposal = disposal();
  }

  private record Read(Directory directory, long atMillis) {}

  private Mono<Directory> cached(URI url, Resources resources, Timing timing) {
    return requests
        .get(AcmeOperation.DIRECTORY, url, answer -> resources.directory(answer.body()))
        .map(read -> new Read(read, timing.millis()))
        .contextWrite(first -> Context.empty()) // shared by all, so it is nobody's
        .cacheInvalidateIf(read -> timing.millis() - read.atMillis() > DIRECTORY_AGE.toMillis())
        .map(Read::directory);
  }

  private Mono<Void> disposal() {
    return Mono.fromRunnable(underWay::close)
        .then(Mono.defer(underWay::idle))
        .then(Mono.fromRunnable(requests::close))
        .then(Mono.defer(transport::disposeLater))
        .then(Mono.defer(crypto::disposeLater))
        .cache();
  }

  @Override
  public URI directoryUrl() {
    return url;
  }

  @Override
  public Duration leaseTerm() {
    return parts.leaseTerm();
  }

  @Override
  public Mono<Directory> directory() {
    return directory;
  }

  @Override
  public Mono<AcmeAccount> findAccount(String name) {
    return accounts.find(name);
  }

  @Override
  public Mono<AcmeAccount> account(AccountRequest request) {
    return accounts.findOrCreate(request);
  }

  @Override
  public Mono<AcmeAccount> importAccount(String name, URI url, KeyPair key) {
    return accounts.importAccount(name, url, accounts.given(key));
  }

  @Override
  public Mono<AcmeAccount> importAccount(String name, KeyPair key) {
    return accounts.importAccount(name, accounts.given(key));
  }

  @Override
  public Mono<AcmeAccount> importAccount(String name, URI url, AccountSigner signer) {
    return accounts.importAccount(name, url, accounts.given(signer));
  }

  @Override
  public Mono<AcmeAccount> importAccount(String name, AccountSigner signer) {
    return accounts.importAccount(name, accounts.given(signer));
  }

  @Override
  public Mono<RenewalInfo> renewalInfo(CertificateId certificate) {
    return renewalInfos.of(certificate);
  }

  @Override
  public Mono<Void> revoke(X509Certificate certificate, KeyPair key, RevocationReason reason) {
    return Mono.defer(() -> new Revocation(parts, certificate, reason).by(key));
  }

  @Override
  public Mono<Void> disposeLater() {
    return disposal;
  }
}
