package io.github.certflux.challenge;

import io.github.certflux.internal.Fingerprints;
import io.github.certflux.protocol.Challenge;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Proves names and wildcards by dns-account-01 (draft-ietf-acme-dns-account-label): as dns-01, but
 * below a label of the account, so that several accounts can each have an alias to a place of their
 * own.
 *
 * <p>The draft may change, and not all CAs offer it: give a client both solvers.
 */
public final class DnsAccount01Solver extends DnsRecordSolver {
  private static final int OCTETS = 10;
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

  private DnsAccount01Solver(DnsProofs proofs) {
    super(proofs);
  }

  /**
   * A solver that writes by the same provider and settings as one for dns-01.
   *
   * @param dns01 the other solver
   * @return a solver
   */
  public static DnsAccount01Solver like(Dns01Solver dns01) {
    return new DnsAccount01Solver(dns01.proofs());
  }

  /**
   * Where the record of an account is, for whoever sets an alias up.
   *
   * @param account the account's URL
   * @param name the name to prove, without {@code *.}
   * @return {@code _LABEL._acme-challenge.NAME}
   */
  public static String recordName(URI account, String name) {
    return "_" + label(account) + "._acme-challenge." + name;
  }

  /** Base32 (RFC 4648 §6) of the first ten octets of the URL's SHA-256, in lower case. */
  private static String label(URI account) {
    byte[] octets =
        Arrays.copyOf(
            Fingerprints.sha256(account.toString().getBytes(StandardCharsets.US_ASCII)), OCTETS);
    StringBuilder label = new StringBuilder();
    int bits = 0;
    int left = 0;
    for (byte octet : octets) {
      left = (left << 8) | (octet & 0xff);
      for (bits += 8; bits >= 5; bits -= 5) {
        label.append(BASE32.charAt((left >> (bits - 5)) & 31));
      }
    }
    return label.toString();
  }

  /** {@inheritDoc} */
  @Override
  public String type() {
    return Challenge.DNS_ACCOUNT_01;
  }

  @Override
  String recordName(SolverRequest request) {
    return recordName(request.account(), request.identifier().value());
  }
}
