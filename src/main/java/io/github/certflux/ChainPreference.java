package io.github.certflux;

import io.github.certflux.internal.Chains;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which of a certificate's chains is wanted, where the server offers several (RFC 8555 §7.4.2).
 * Alternates are fetched one after the other and only until one fits, 8 at most. Where none fits,
 * the certificate comes with the server's default chain, and {@link Certificate#preferred} is
 * false.
 */
public final class ChainPreference {
  private static final ChainPreference SERVERS =
      new ChainPreference("the server's", false, chain -> true);

  private final String words;
  private final boolean shortest;
  private final Predicate<List<X509Certificate>> fits;

  private ChainPreference(String words, boolean shortest, Predicate<List<X509Certificate>> fits) {
    this.words = words;
    this.shortest = shortest;
    this.fits = fits;
  }

  /**
   * The chain that the server gives first; what is taken unless another is asked for.
   *
   * @return the preference
   */
  public static ChainPreference servers() {
    return SERVERS;
  }

  /**
   * A chain that ends at this root, whether the root itself is in it or not.
   *
   * @param commonName the root's common name, letter by letter
   * @return the preference
   */
  public static ChainPreference root(String commonName) {
    return new ChainPreference(
        "root " + commonName,
        false,
        chain -> commonName.equals(Chains.issuer(chain.get(chain.size() - 1))));
  }

  /**
   * A chain with this issuer anywhere in it, the root included.
   *
   * @param commonName the issuer's common name, letter by letter
   * @return the preference
   */
  public static ChainPreference issuer(String commonName) {
    return new ChainPreference(
        "issuer " + commonName,
        false,
        chain -> chain.stream().anyMatch(each -> commonName.equals(Chains.issuer(each))));
  }

  /**
   * A chain in which every signature is ECDSA, so that no issuer's key is RSA.
   *
   * @return the preference
   */
  public static ChainPreference ec() {
    return new ChainPreference("EC", false, chain -> chain.stream().allMatch(Chains::signedByEc));
  }

  /**
   * A chain in which every signature is RSA, for software that knows nothing else.
   *
   * @return the preference
   */
  public static ChainPreference rsa() {
    return new ChainPreference("RSA", false, chain -> chain.stream().allMatch(Chains::signedByRsa));
  }

  /**
   * The chain of the fewest certificates; of several, the one that the server names first. All
   * alternates are fetched for it.
   *
   * @return the preference
   */
  public static ChainPreference shortest() {
    return new ChainPreference("the shortest", true, chain -> false);
  }

  boolean isShortest() {
    return shortest;
  }

  boolean fits(List<X509Certificate> chain) {
    return fits.test(chain);
  }

  /** What is preferred. */
  @Override
  public String toString() {
    return words;
  }
}
