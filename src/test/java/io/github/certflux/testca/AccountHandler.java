package io.github.certflux.testca;

import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** newAccount and the account resource (RFC 8555 §7.3). */
final class AccountHandler {
  private final Core core;

  AccountHandler(Core core) {
    this.core = core;
  }

  /** Creates an account, or finds the one that has the key: on a replica, past the cache. */
  Answer create(Call call, SignedRequest signed) {
    ObjectNode payload = signed.payload();
    AccountRow existing = core.accounts.seenByKey(PublicKeys.thumbprint(signed.key()));
    if (existing != null) {
      return existing(call, existing);
    }
    if (Json.bool(payload, "onlyReturnExisting")) {
      throw Refusal.of(400, "accountDoesNotExist", "No account exists with the provided key");
    }
    URI terms = core.terms();
    if (terms != null && !Json.bool(payload, "termsOfServiceAgreed")) {
      throw Refusal.malformed("must agree to terms of service");
    }
    core.externalAccounts.bind(payload, signed.key(), call.request.url());
    Optional<AccountRow> created =
        core.accounts.create(signed.key(), contacts(payload.get("contact")), terms);
    if (created.isEmpty()) {
      AccountRow other = core.accounts.seenByKey(PublicKeys.thumbprint(signed.key()));
      if (other == null) {
        throw Refusal.notFound("checking for existing account :: no account with that key");
      }
      return existing(call, other);
    }
    call.account = created.get().id();
    Answer answer =
        Answer.json(201, json(call, created.get())).location(call.accountUrl(created.get().id()));
    return withTerms(answer);
  }

  private Answer existing(Call call, AccountRow row) {
    call.account = row.id();
    if (!row.status().equals(Status.VALID)) {
      throw Refusal.unauthorized(
          "An account with the provided public key exists but is " + row.status());
    }
    return withTerms(Answer.json(200, json(call, row)).location(call.accountUrl(row.id())));
  }

  /** Reads, updates or deactivates. Reading shows the account as this front end knows it. */
  Answer account(Call call, SignedRequest signed) {
    AccountRow known = signed.requiredAccount();
    if (call.route.number(0) != known.id()) {
      throw Refusal.unauthorized("Request signing key did not match account key");
    }
    if (signed.isPostAsGet()) {
      return withTerms(Answer.json(200, json(call, known)));
    }
    ObjectNode payload = signed.payload();
    String status = Json.string(payload, "status");
    if (status.equals("deactivated")) {
      return changed(
          call, known, row -> row.withStatus(Status.DEACTIVATED), "no active account with that ID");
    }
    if (!status.isEmpty() && !status.equals("valid")) {
      throw Refusal.malformed("Invalid value provided for status field");
    }
    List<String> contacts = payload.has("contact") ? contacts(payload.get("contact")) : null;
    URI agreed = Json.bool(payload, "termsOfServiceAgreed") ? core.terms() : null;
    return changed(
        call,
        known,
        row -> {
          AccountRow now = contacts == null ? row : row.withContacts(contacts);
          return agreed == null ? now : now.withAgreedTerms(agreed);
        },
        "no active account with that ID");
  }

  private Answer changed(
      Call call, AccountRow known, UnaryOperator<AccountRow> change, String otherwise) {
    AccountRow row =
        core.accounts.change(known.id(), change).orElseThrow(() -> Refusal.notFound(otherwise));
    return withTerms(Answer.json(200, json(call, row)));
  }

  /**
   * Refuses who has not agreed to the terms of now, but for the update that agrees and the
   * deactivation (RFC 8555 §7.3.3). What was agreed is asked of the primary database.
   */
  void requireAgreement(Call call, SignedRequest signed) {
    URI terms = core.terms();
    if (terms == null) {
      return;
    }
    AccountRow row = core.accounts.latest(signed.requiredAccount().id());
    if (row == null || Objects.equals(row.agreedTerms(), terms)) {
      return;
    }
    if (call.route.endpoint() == Endpoint.ACCOUNT && !signed.isPostAsGet()) {
      ObjectNode payload = signed.payload();
      if (Json.bool(payload, "termsOfServiceAgreed")
          || Json.string(payload, "status").equals("deactivated")) {
        return;
      }
    }
    throw new Refusal(
        CaProblem.of(403, "userActionRequired", "Terms of service have changed")
            .withInstance(terms),
        new Header("Link", "<" + terms + ">;rel=\"terms-of-service\""));
  }

  private Answer withTerms(Answer answer) {
    URI terms = core.terms();
    return terms == null ? answer : answer.link(terms, "terms-of-service");
  }

  ObjectNode json(Call call, AccountRow row) {
    ObjectNode json = Json.object();
    json.put("status", row.status().value());
    json.set("key", keyJson(row.key()));
    if (core.settings.showContacts()) {
      ArrayNode contacts = json.putArray("contact");
      row.contacts().forEach(contacts::add);
      json.put("termsOfServiceAgreed", row.agreedTerms() != null);
    }
    if (core.settings.ordersPerPage() > 0) {
      json.put("orders", call.url(Route.ORDERS + row.id() + "/1"));
    }
    return json;
  }

  private static ObjectNode keyJson(JWK key) {
    ObjectNode json = Json.object();
    key.getRequiredParams().forEach((name, value) -> json.put(name, value.toString()));
    return json;
  }

  private static List<String> contacts(@Nullable JsonNode node) {
    List<String> contacts = new ArrayList<>();
    if (node == null || node.isNull()) {
      return contacts;
    }
    if (!node.isArray()) {
      throw Refusal.malformed("Field \"contact\" must be an array");
    }
    for (JsonNode contact : node) {
      contacts.add(contact(contact.isString() ? contact.stringValue() : ""));
    }
    return contacts;
  }

  private static String contact(String contact) {
    int colon = contact.indexOf(':');
    if (colon <= 0) {
      throw Refusal.of(400, "invalidContact", "unparsable contact");
    }
    if (!contact.startsWith("mailto:")) {
      throw Refusal.of(400, "unsupportedContact", "only contact scheme 'mailto:' is supported");
    }
    String address = contact.substring(colon + 1);
    int at = address.indexOf('@');
    boolean plain = address.chars().allMatch(c -> c > ' ' && c < 127 && "?#,".indexOf(c) < 0);
    if (!plain || at <= 0 || at != address.lastIndexOf('@') || at == address.length() - 1) {
      throw Refusal.of(400, "invalidContact", "unable to parse email address");
    }
    return contact;
  }
}
