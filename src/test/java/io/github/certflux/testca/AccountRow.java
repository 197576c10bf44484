package io.github.certflux.testca;

import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An account in the database. */
record AccountRow(
    long id,
    JWK key,
    String thumbprint,
    Status status,
    List<String> contacts,
    @Nullable URI agreedTerms) {

  AccountRow withKey(JWK key, String thumbprint) {
    return new AccountRow(id, key, thumbprint, status, contacts, agreedTerms);
  }

  AccountRow withStatus(Status status) {
    return new AccountRow(id, key, thumbprint, status, contacts, agreedTerms);
  }

  AccountRow withContacts(List<String> contacts) {
    return new AccountRow(id, key, thumbprint, status, contacts, agreedTerms);
  }

  AccountRow withAgreedTerms(@Nullable URI terms) {
    return new AccountRow(id, key, thumbprint, status, contacts, terms);
  }
}
