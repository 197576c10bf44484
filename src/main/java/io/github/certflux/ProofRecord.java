package io.github.certflux;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Proofs of an order as they are stored. Nothing in it is secret: all of it is published.
 *
 * @param owner the seat of the client that set them up
 * @param proofs those that stand, or may
 */
record ProofRecord(String owner, List<Standing> proofs) {
  private static final Logger LOG = LoggerFactory.getLogger(ProofRecord.class);

  /**
   * A proof.
   *
   * @param solver the name of the solver
   * @param request what the solver was told
   */
  record Standing(String solver, SolverRequest request) {}

  byte[] toJson() {
    ObjectNode json = Json.object().put("owner", owner);
    ArrayNode array = json.putArray("proofs");
    for (Standing standing : proofs) {
      SolverRequest request = standing.request();
      ObjectNode proof =
          array
              .addObject()
              .put("solver", standing.solver())
              .put("type", request.identifier().type())
              .put("value", request.identifier().value())
              .put("wildcard", request.wildcard())
              .put("token", request.token())
              .put("keyAuthorization", request.keyAuthorization())
              .put("account", request.account().toString());
      if (!request.issuers().isEmpty()) {
        request.issuers().forEach(proof.putArray("issuers")::add);
      }
    }
    return Json.writePretty(json);
  }

  /** Empty where it can't be read: then it stays, for a person to look at. */
  static Optional<ProofRecord> of(StoreRecord stored) {
    try {
      Fields json = Json.read(stored.content(), "proofs");
      return Optional.of(
          new ProofRecord(
              json.text("owner"),
              json.objects("proofs").stream().map(ProofRecord::standing).toList()));
    } catch (NotAcme e) {
      LOG.warn("event=proofs-not-read record={} reason=\"{}\"", stored.path(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Standing standing(Fields json) {
    return new Standing(
        json.text("solver"),
        new SolverRequest(
            new Identifier(json.text("type"), json.text("value")),
            json.flag("wildcard").orElse(false),
            json.text("token"),
            json.text("keyAuthorization"),
            json.link("account").orElse(URI.create("")),
            json.texts("issuers")));
  }
}
