package io.github.certflux;

import static io.github.certflux.internal.NotAcme.printable;

import io.github.certflux.internal.Names;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Identifier;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What an order is for. A server that errs or plays foul may show other names at any time: what it
 * shows is compared with these, and never takes their place in a proof, a CSR or a certificate.
 */
final class OrderNames {
  private final Set<Identifier> names;

  private OrderNames(Set<Identifier> names) {
    this.names = names;
  }

  static OrderNames of(Collection<Identifier> identifiers) {
    return new OrderNames(normalised(identifiers));
  }

  List<Identifier> list() {
    return List.copyOf(names);
  }

  /** Whether these are the same, in whatever order and way of writing. */
  boolean are(Collection<Identifier> shown) {
    return names.equals(normalised(shown));
  }

  /** Refuses an object of the server that is for others. */
  void require(AcmeException.At at, Collection<Identifier> shown) {
    if (!are(shown)) {
      throw new AcmeProtocolException(at, "what was asked for: " + this, text(shown), null);
    }
  }

  /** Refuses an authorization for what was not asked for: no proof is set up for it. */
  void require(AcmeException.At at, Authorization authorization) {
    Identifier shown = Names.normalised(authorization.identifier());
    Identifier wildcard = new Identifier(shown.type(), "*." + shown.value());
    if (!names.contains(wildcard) && (authorization.wildcard() || !names.contains(shown))) {
      throw new AcmeProtocolException(
          at,
          "an authorization for one of " + this,
          "one for " + printable((authorization.wildcard() ? wildcard : shown).value()),
          null);
    }
  }

  /** Refuses an order for nothing, which any certificate would fit. */
  void requireSome(AcmeException.At at) {
    if (names.isEmpty()) {
      throw new AcmeProtocolException(at, "an order for one name at least", "none", null);
    }
  }

  /** Refuses more authorizations than there are names. */
  void requireAtMostOneEach(AcmeException.At at, int authorizations) {
    if (authorizations > names.size()) {
      throw new AcmeProtocolException(
          at, "an authorization for each of " + this, authorizations + " authorizations", null);
    }
  }

  private static Set<Identifier> normalised(Collection<Identifier> identifiers) {
    Set<Identifier> all = new LinkedHashSet<>();
    identifiers.forEach(identifier -> all.add(Names.normalised(identifier)));
    return Collections.unmodifiableSet(all);
  }

  private static String text(Collection<Identifier> identifiers) {
    return printable(identifiers.toString());
  }

  @Override
  public String toString() {
    return text(names);
  }
}
