package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RenewalInfo;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A CA whose certificates cost next to nothing: their signatures are zeros, their keys a few. */
final class CheapCa implements Authority {
  private static final List<KeyPair> KEYS = keys();

  private final URI directory;
  private final Scheduler clock;

  /** Of what it issues, and by how much its clock is ahead. */
  Duration lifetime;

  Duration ahead = Duration.ZERO;

  /** The requests that have led to certificates, and when. */
  final List<OrderRequest> orders = new ArrayList<>();

  final List<Instant> times = new ArrayList<>();
  Duration leaseTerm = Duration.ofSeconds(30);
  int attempts;
  int checks;
  int rollovers;

  /** What an order takes and how it ends; given its result. */
  Function<Mono<Issued>, Mono<Issued>> orderly = issued -> issued;

  /** What is said of a certificate, given when it was issued; empty: not offered. */
  Function<Instant, Mono<RenewalInfo>> ari = issued -> Mono.empty();

  CheapCa(String host, Scheduler clock, Duration lifetime) {
    this.directory = URI.create("https://" + host + "/directory");
    this.clock = clock;
    this.lifetime = lifetime;
  }

  private static List<KeyPair> keys() {
    JcaCrypto crypto = JcaCrypto.create();
    return IntStream.range(0, 16)
        .mapToObj(i -> Objects.requireNonNull(crypto.generate(KeyType.EC_P256).block()))
        .toList();
  }

  Instant now() {
    return Instant.ofEpochMilli(clock.now(TimeUnit.MILLISECONDS));
  }

  @Override
  public URI directory() {
    return directory;
  }

  @Override
  public <T> Mono<T> issue(OrderRequest request, Function<Issued, Mono<T>> keep) {
    return Mono.defer(
            () -> {
              attempts++;
              return orderly.apply(Mono.fromCallable(() -> issued(request)));
            })
        .flatMap(keep);
  }

  /** A certificate for names, without an order. */
  Issued issued(OrderRequest request) throws Exception {
    Instant from = now().plus(ahead);
    KeyPair key = KEYS.get(orders.size() % KEYS.size());
    X509Certificate certificate =
        certificate(request.identifiers(), key, from, from.plus(lifetime), orders.size() + 1);
    orders.add(request);
    times.add(from);
    return new Issued(List.of(certificate), key);
  }

  static X509Certificate certificate(
      List<Identifier> names, KeyPair key, Instant from, Instant until, int serial)
      throws Exception {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=cheap"),
            BigInteger.valueOf(serial),
            Date.from(from),
            Date.from(until),
            new X500Name("CN=leaf"),
            key.getPublic());
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            names.stream()
                .map(
                    name ->
                        new GeneralName(
                            name.type().equals("ip") ? GeneralName.iPAddress : GeneralName.dNSName,
                            name.value()))
                .toArray(GeneralName[]::new)));
    builder.addExtension(
        Extension.authorityKeyIdentifier, false, new AuthorityKeyIdentifier(new byte[20]));
    return new JcaX509CertificateConverter().getCertificate(builder.build(new Zeros()));
  }

  private static final class Zeros implements ContentSigner {
    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
    }

    @Override
    public OutputStream getOutputStream() {
      return new ByteArrayOutputStream();
    }

    @Override
    public byte[] getSignature() {
      return new byte[64];
    }
  }

  @Override
  public Duration leaseTerm() {
    return leaseTerm;
  }

  @Override
  public Mono<RenewalInfo> renewalInfo(CertificateId certificate) {
    return Mono.defer(
        () -> {
          checks++;
          String serial = certificate.value().substring(certificate.value().indexOf('.') + 1);
          int number =
              new BigInteger(java.util.Base64.getUrlDecoder().decode(serial)).intValueExact();
          return ari.apply(times.get(number - 1));
        });
  }

  /** A window, to be asked for again after that time. */
  static Mono<RenewalInfo> window(Instant start, Instant end, Duration again) {
    return Mono.fromCallable(
        () -> RenewalInfo.of(start, end, Optional.empty(), Optional.of(again)));
  }

  @Override
  public Mono<Void> rollOver(KeyType type) {
    return Mono.fromRunnable(() -> rollovers++);
  }
}
