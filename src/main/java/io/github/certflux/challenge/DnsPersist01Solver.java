package io.github.certflux.challenge;

import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.TxtRecord;
import io.github.certflux.protocol.Challenge;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Proves names and wildcards by dns-persist-01 (draft-ietf-acme-dns-persist): by a TXT record of
 * {@code _validation-persist.NAME} that a person sets once, and that names the CA and the account.
 * The solver changes nothing, but looks before the CA does, and says which record is missing.
 *
 * <p>The account's URL stays the same over key rollovers, and so does the record. Whoever has the
 * account's key can get certificates for as long as the record stands.
 *
 * <p>The draft may change, and not all CAs offer it. Needs dnsjava, an optional dependency.
 */
public final class DnsPersist01Solver implements ChallengeSolver {
  private static final Duration TTL = Duration.ofHours(1);

  /** Whatever else a CA sends, nobody is told to put it into a zone. */
  private static final Pattern DOMAIN_NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

  private final DnsLookup lookup;
  private final Scheduler clock;

  private DnsPersist01Solver(DnsLookup lookup, Scheduler clock) {
    this.lookup = lookup;
    this.clock = clock;
  }

  /**
   * A solver.
   *
   * @param lookup finds the record
   * @return a solver
   */
  public static DnsPersist01Solver by(DnsLookup lookup) {
    return new DnsPersist01Solver(lookup, Schedulers.parallel());
  }

  /**
   * The record to set once.
   *
   * @param name the name to prove, without {@code *.}
   * @param wildcard whether it shall prove the wildcard, too; by the draft also names below
   * @param issuer the CA's issuer domain name, as its challenges name it
   * @param account the account's URL
   * @return the record
   * @throws IllegalArgumentException for what no record can hold
   */
  public static TxtRecord record(String name, boolean wildcard, String issuer, URI account) {
    return new TxtRecord(
        recordName(name),
        issuer + "; accounturi=" + account + (wildcard ? "; policy=wildcard" : ""),
        TTL);
  }

  private static String recordName(String name) {
    return "_validation-persist." + name;
  }

  /** {@inheritDoc} */
  @Override
  public String type() {
    return Challenge.DNS_PERSIST_01;
  }

  /**
   * Nothing is set up that could be left.
   *
   * @return false
   */
  @Override
  public boolean outlivesProcess() {
    return false;
  }

  /**
   * Every DNS name, wildcards too, for which the CA says by what issuer domain name.
   *
   * @param request what is to be proved
   * @return false for an address
   */
  @Override
  public boolean solves(SolverRequest request) {
    return DnsProofs.isName(request) && issuers(request).findAny().isPresent();
  }

  /**
   * Looks for the record, when subscribed to, on a server of the zone, or by the resolvers where
   * none can be reached.
   *
   * @param request what is to be proved
   * @return completes when it is there; {@link MissingRecordException} where it is not, {@link
   *     io.github.certflux.dns.DnsException} where nobody knows
   */
  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.defer(
        () -> {
          String name = request.identifier().value();
          return lookup
              .freshTxt(recordName(name))
              .flatMap(
                  values ->
                      values.stream().anyMatch(value -> proves(value, request))
                          ? Mono.<Void>empty()
                          : Mono.error(missing(request, values)));
        });
  }

  private static MissingRecordException missing(SolverRequest request, List<String> values) {
    return new MissingRecordException(
        record(
            request.identifier().value(),
            request.wildcard(),
            issuers(request).findFirst().orElseThrow(),
            request.account()),
        values);
  }

  private static Stream<String> issuers(SolverRequest request) {
    return request.issuers().stream().filter(name -> DOMAIN_NAME.matcher(name).matches());
  }

  private boolean proves(String value, SolverRequest request) {
    PersistValue record = PersistValue.parse(value);
    return issuers(request).anyMatch(record.issuer()::equalsIgnoreCase)
        && record.parameter("accounturi").equals(request.account().toString())
        && (!request.wildcard() || record.parameter("policy").equalsIgnoreCase("wildcard"))
        && record.isValidAt(clock.now(TimeUnit.SECONDS));
  }

  /**
   * Does nothing: the record stays.
   *
   * @param request what was to be proved
   * @return completes at once
   */
  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.empty();
  }
}
