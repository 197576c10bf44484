package io.github.certflux.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Says why a name could not be validated: what the CA looked for, where, what it saw, and what
 * usually causes that. The server's own words are kept as they came.
 */
final class Diagnosis {
  private static final String ADDRESSES =
      "an AAAA record that leads to another host than the A record (CAs prefer IPv6)";
  private static final String COUNTRIES =
      "a firewall that lets some countries or networks in (CAs look from several places)";

  private Diagnosis() {}

  /**
   * The sentence for one failed challenge.
   *
   * @param name what was to be proved
   * @param challenge the challenge's type
   * @param problem the challenge's error
   */
  static String of(Identifier name, String challenge, Problem problem) {
    String saw = saw(problem.name());
    StringBuilder sentence =
        new StringBuilder("the CA looked for ").append(lookedFor(name, challenge));
    if (!saw.isEmpty()) {
      sentence.append(" and ").append(saw);
    }
    sentence
        .append(": \"")
        .append(words(problem))
        .append("\" (")
        .append(problem.name())
        .append(')');
    List<String> causes = causes(challenge, problem);
    if (!causes.isEmpty()) {
      sentence.append("; the usual causes: ").append(String.join("; ", causes));
    }
    return sentence.toString();
  }

  private static String words(Problem problem) {
    return problem.detail().or(problem::title).orElse("no words");
  }

  private static String lookedFor(Identifier name, String challenge) {
    return switch (challenge) {
      case Challenge.HTTP_01 -> "http://" + host(name) + "/.well-known/acme-challenge/… on port 80";
      case Challenge.DNS_01 -> "a TXT record at _acme-challenge." + name;
      case Challenge.DNS_ACCOUNT_01 -> "a TXT record of this account below _acme-challenge." + name;
      case Challenge.DNS_PERSIST_01 -> "a TXT record at _validation-persist." + name;
      case Challenge.TLS_ALPN_01 -> "a certificate for acme-tls/1 at " + host(name) + " port 443";
      default -> "the " + challenge + " proof of " + name;
    };
  }

  private static String host(Identifier name) {
    return name.value().indexOf(':') < 0 ? name.value() : "[" + name.value() + "]";
  }

  private static String saw(String problem) {
    return switch (problem) {
      case "dns" -> "could not look it up in the DNS";
      case "connection" -> "could not connect";
      case "tls" -> "the TLS handshake failed";
      case "caa" -> "found a CAA record that forbids it to issue, or could not read one";
      case "unauthorized", "incorrectResponse" -> "found something else";
      default -> "";
    };
  }

  private static List<String> causes(String challenge, Problem problem) {
    List<String> causes = new ArrayList<>();
    if (words(problem).toLowerCase(Locale.ROOT).contains("secondary validation")) {
      causes.add("the first look passed and one from elsewhere did not: " + COUNTRIES);
    }
    boolean record = challenge.startsWith("dns-");
    switch (problem.name()) {
      case "dns" -> {
        causes.add(
            record
                ? "a record that is not at all nameservers yet, or in the zone of another provider"
                : "a name without A and AAAA records");
        causes.add("nameservers that do not answer, or answer with errors");
        causes.add("DNSSEC that does not validate");
      }
      case "connection" -> {
        String port = challenge.equals(Challenge.TLS_ALPN_01) ? "443" : "80";
        causes.add("a closed port " + port + ", or no server there");
        causes.add(ADDRESSES);
        causes.add(COUNTRIES);
      }
      case "tls" -> {
        causes.add(
            challenge.equals(Challenge.TLS_ALPN_01)
                ? "a proxy or CDN in front that ends TLS itself and does not know acme-tls/1"
                : "a redirect to https at a server without TLS");
        causes.add(ADDRESSES);
      }
      case "caa" -> {
        causes.add("a CAA record at the name, or above it, that does not list this CA");
        causes.add("one that allows another account or challenge alone (RFC 8657)");
        causes.add("nameservers that answer questions for CAA with an error");
      }
      case "unauthorized", "incorrectResponse" -> otherFound(challenge, record, causes);
      default -> {
        // the server's words must do
      }
    }
    return causes;
  }

  private static void otherFound(String challenge, boolean record, List<String> causes) {
    if (record) {
      causes.add("a TXT record of an earlier try, or one that is not at all nameservers yet");
      causes.add("a CNAME that leads to another zone");
      return;
    }
    causes.add(
        challenge.equals(Challenge.TLS_ALPN_01)
            ? "a proxy or CDN in front that answers with its own certificate"
            : "a redirect, or another server that answers for this name");
    causes.add(ADDRESSES);
    causes.add("several servers behind one name, of which not all have the proof");
  }
}
