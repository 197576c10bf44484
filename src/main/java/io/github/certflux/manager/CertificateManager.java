package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.StoreException;
import io.netty.util.AsyncMapping;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.X509ExtendedKeyManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps certificates valid: one name or ten thousand, on one node or many that share a store. What
 * is stored and still good is used before anything is ordered; exactly one node orders a
 * certificate, and the others have it within seconds. Every publisher is cold: nothing is read,
 * sent or timed before a subscription. Thread-safe.
 *
 * <p>A certificate is renewed when its CA suggests (RFC 9773), asked again as often as the CA says;
 * else after two thirds of its lifetime, or half where that is below ten days. The time is drawn
 * once, and moved ahead where too many would be renewed in one hour. In the last 15 % of the
 * lifetime it is renewed whatever the CA suggests.
 *
 * <p>An attempt that fails is made again after 1, 10 and 100 minutes and then each day, but at the
 * latest after a twentieth of the lifetime, and not before the CA's Retry-After, up to seven days.
 * The next CA has its turn when one has failed three times, is to be left alone for long or has
 * paused a name ({@link AcmePausedException}); at once where there is no certificate, or a sixth of
 * its lifetime is left. How often has failed what is in the store: a restart changes nothing.
 */
public interface CertificateManager {

  /**
   * Begins a manager.
   *
   * @param store where the certificates are; the nodes of a cluster share one
   * @return the builder
   */
  static CertificateManagerBuilder builder(AcmeStore store) {
    return new CertificateManagerBuilder(store);
  }

  /**
   * Keeps a certificate for each of these names, until cancelled: as {@link #manage(Collection)},
   * with the requests that {@link CertificateManagerBuilder#each} makes.
   *
   * @param names DNS names, wildcards and addresses; what is none of these is an {@link
   *     IllegalArgumentException} at assembly
   * @return what happens to them, without end
   */
  Flux<CertificateEvent> manage(String... names);

  /**
   * Keeps these certificates valid for as long as this is subscribed to. Names are added by another
   * subscription and taken away by cancelling: then they are no longer renewed here, unless another
   * subscription wants them; an order under way is cancelled, and stays to be resumed. What is
   * stored is not touched.
   *
   * <p>Renewals never wait for a subscriber: of what was not asked for yet, the newest event of
   * each certificate is kept, and those before it are dropped. The flux completes when the manager
   * is closed, and fails only if it was before: what goes wrong is a {@link
   * CertificateEvent.Kind#FAILED}, also a {@link StoreException}.
   *
   * @param certificates what to order, one certificate each, with its profile, chain and key; the
   *     newest of requests for the same names counts from the next renewal on. A ready-made CSR
   *     can't be kept, since its key is not here
   * @return what happens to them, without end
   */
  Flux<CertificateEvent> manage(Collection<OrderRequest> certificates);

  /**
   * What happens to all certificates that are managed here, also on demand; manages nothing by
   * itself. Of events that were not asked for yet, the newest of each certificate is kept.
   *
   * @return the events from the subscription on; completes when the manager is closed
   */
  Flux<CertificateEvent> events();

  /**
   * The current certificate for a name: one that names it, or else one for the wildcard above it.
   * Looks in memory alone, in constant time, and never waits: for handshakes. It may have expired,
   * where renewals have failed for so long.
   *
   * @param name as a handshake has it; anything may be asked for
   * @return the certificate; empty where there is none
   */
  Optional<ManagedCertificate> certificate(String name);

  /**
   * The certificate for a name that is not managed yet, if the decision that {@link
   * CertificateManagerBuilder#onDemand} was given allows it. The stored one, or a new one; whoever
   * asks for the same name meanwhile waits for the same order. Cancelling ends the wait, not the
   * order. From then on it is kept valid, for as long as somebody asks for it between two renewals
   * and the decision allows it.
   *
   * @param name as a handshake has it; anything may be asked for
   * @return the certificate; empty where there is none and none is to be ordered: it was refused,
   *     or too many were ordered lately. The error of the order where that fails, here or on the
   *     node that orders, or {@link StoreException}
   */
  Mono<ManagedCertificate> certificateOnDemand(String name);

  /**
   * Chooses the certificate of a handshake by its server name, always the current one, in constant
   * time and without waiting: for {@code SSLContext.init}, and for Netty by {@code
   * SslContextBuilder.forServer(manager.keyManager())}. One context then serves all names, and
   * needs no change when a certificate is renewed. A handshake without a server name, or with one
   * for which there is no certificate, gets that of {@link CertificateManagerBuilder#defaultName},
   * if there is one; so does a server that asks a client for its certificate.
   *
   * @return the key manager; the same each time
   */
  X509ExtendedKeyManager keyManager();

  /**
   * Lets a handshake wait until there is a certificate for its name, on demand if need be: for
   * Netty's {@code SniHandler}, and for Reactor Netty by {@code SslProvider.Builder
   * .setSniAsyncMappings}. The context is to have {@link #keyManager}, which then chooses.
   *
   * @param context what all handshakes get, an {@code SslContext} or {@code SslProvider}
   * @param <T> its type
   * @return a mapping that gives the context once {@link #certificateOnDemand} has ended, also
   *     where there is no certificate; the error of an order ends the handshake
   */
  <T> AsyncMapping<String, T> sni(T context);

  /**
   * Renews a certificate now, whatever is planned, such as after its key has leaked: on whichever
   * node is first. Waits for its turn where it is being worked on.
   *
   * @param names of one certificate, as it is managed
   * @return completes once that is stored, before it is done
   */
  Mono<Void> renewNow(String... names);

  /**
   * Tries again at once what waits after failures, and where a CA has paused a name: when the cause
   * is known to be mended, such as after a person has opened the {@link AcmePausedException#link}.
   *
   * @param names of one certificate, as it is managed
   * @return completes once that is stored, before it is done
   */
  Mono<Void> tryAgain(String... names);

  /**
   * Stores a certificate from elsewhere, for its own names, unless there is one that is valid for
   * longer, or is valid now while this one is not yet. It is then used and renewed as any other
   * once {@code manage} asks for just these names.
   *
   * @param chain the certificate and its issuers
   * @param key its key pair
   * @param ca the directory of the CA that issued it, which is then asked for renewal information,
   *     and told what the next one replaces; empty if it is not known
   * @return whether it was stored. {@link IllegalArgumentException} if the chain does not belong
   *     together, the key is not the certificate's, or it has no names; {@link StoreException}
   */
  Mono<Boolean> importCertificate(List<X509Certificate> chain, KeyPair key, Optional<URI> ca);

  /**
   * Closes the manager: what is under way is cancelled, proofs are taken away, leases given back.
   * Orders that were cut off are resumed by the next start, or another node. Store and clients stay
   * open. Subscribing again does no harm; cancelling ends the wait, not the closing.
   *
   * @return completes when that is done
   */
  Mono<Void> disposeLater();
}
