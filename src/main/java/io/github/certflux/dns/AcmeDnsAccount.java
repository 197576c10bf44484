package io.github.certflux.dns;

/**
 * What an acme-dns server gives at a registration: one name to write to, and the credentials for
 * it.
 *
 * @param fullDomain the name that it writes to, which {@code _acme-challenge} of the name to be
 *     proved is a CNAME of
 * @param subdomain the name's own part
 * @param username the user
 * @param password the password; not in {@link #toString}
 */
public record AcmeDnsAccount(
    String fullDomain, String subdomain, String username, String password) {

  /** Without the password. */
  @Override
  public String toString() {
    return "AcmeDnsAccount[" + fullDomain + "]";
  }
}
