package io.github.certflux.testca;

import java.net.URI;
import tools.jackson.databind.node.ObjectNode;

/** The directory (RFC 8555 §7.1.1). */
final class DirectoryDocument {
  private DirectoryDocument() {}

  static ObjectNode of(Core core, Call call) {
    ObjectNode json = Json.object();
    json.put("newNonce", call.url(Route.NEW_NONCE))
        .put("newAccount", call.url(Route.NEW_ACCOUNT))
        .put("newOrder", call.url(Route.NEW_ORDER))
        .put("revokeCert", call.url(Route.REVOKE_CERT))
        .put("keyChange", call.url(Route.KEY_CHANGE))
        .put("renewalInfo", call.url(RENEWAL_INFO));
    if (core.settings.preAuthorization()) {
      json.put("newAuthz", call.url(Route.NEW_AUTHORIZATION));
    }
    ObjectNode meta = json.putObject("meta");
    URI terms = core.terms();
    if (terms != null) {
      meta.put("termsOfService", terms.toString());
    }
    meta.put("website", "https://ca.test/").putArray("caaIdentities").add("ca.test");
    if (core.externalAccounts.required()) {
      meta.put("externalAccountRequired", true);
    }
    if (!core.settings.profiles().isEmpty()) {
      ObjectNode profiles = meta.putObject("profiles");
      core.settings.profiles().forEach(p -> profiles.put(p.name(), p.description()));
    }
    return json;
  }

  private static final String RENEWAL_INFO =
      Route.RENEWAL_INFO.substring(0, Route.RENEWAL_INFO.length() - 1);
}
