package io.github.certflux.testca;

import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsLookup;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.bouncycastle.util.encoders.Base32;
import reactor.core.publisher.Mono;

/** Looks at TXT records: dns-01 (RFC 8555 §8.4), and the drafts' dns-account-01, dns-persist-01. */
final class DnsValidator implements Validation {
  private static final int LABEL_OCTETS = 10;

  private final DnsLookup lookup;

  DnsValidator(InetSocketAddress resolver) {
    lookup = DnsLookup.builder().resolvers(resolver).build();
  }

  @Override
  public Mono<CaProblem> check(ProofRequest request) {
    String name = request.identifier().value();
    String digest =
        Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(request.keyAuthorization()));
    return switch (request.type()) {
      case "dns-01" -> check("_acme-challenge." + name, digest::equals);
      case "dns-account-01" ->
          check("_" + label(request.account()) + "._acme-challenge." + name, digest::equals);
      case "dns-persist-01" ->
          check("_validation-persist." + name, value -> persists(value, request));
      default ->
          Mono.just(CaProblem.of(403, "unauthorized", "This CA was set up to validate DNS alone"));
    };
  }

  private Mono<CaProblem> check(String name, Predicate<String> proves) {
    return lookup
        .txt(name)
        .flatMap(
            values ->
                values.stream().anyMatch(proves)
                    ? Mono.<CaProblem>empty()
                    : Mono.just(CaProblem.of(403, "unauthorized", wrong(name, values))))
        .onErrorResume(
            DnsException.class,
            error -> Mono.just(CaProblem.of(400, "dns", "DNS problem: " + error.getMessage())));
  }

  private static String wrong(String name, List<String> values) {
    return values.isEmpty()
        ? "No TXT record found at " + name
        : "Incorrect TXT record \"" + values.get(0) + "\" found at " + name;
  }

  /** The parameters in any order; what is not known is passed over. */
  private static boolean persists(String value, ProofRequest request) {
    List<String> parts = Arrays.stream(value.split(";", -1)).map(String::strip).toList();
    return parts.get(0).equals(AuthorizationHandler.ISSUER)
        && parts.contains("accounturi=" + request.account())
        && (!request.wildcard()
            || parts.stream().anyMatch(part -> part.equalsIgnoreCase("policy=wildcard")));
  }

  private static String label(String account) {
    byte[] octets = Arrays.copyOf(sha256(account), LABEL_OCTETS);
    return Base32.toBase32String(octets).toLowerCase(Locale.ROOT);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
