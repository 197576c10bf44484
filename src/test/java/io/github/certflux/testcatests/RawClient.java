package io.github.certflux.testcatests;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObjectJSON;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.testca.TestCa;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends one request at a time, made by hand, and takes no answer for what it is not. */
final class RawClient {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final AcmeTransport transport;
  private final Function<Mono<AcmeResponse>, AcmeResponse> run;
  private final String base;
  private String nonce;

  /** What came back. */
  record Reply(AcmeResponse response) {
    int status() {
      return response.status();
    }

    JsonNode json() {
      return JSON.readTree(response.body());
    }

    String text(String field) {
      return json().path(field).asString("");
    }

    String location() {
      return response.location();
    }

    String body() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    /** Status and type, as in {@code 400 badNonce}. */
    String problem() {
      return status() + " " + text("type").replace("urn:ietf:params:acme:error:", "");
    }
  }

  private RawClient(
      AcmeTransport transport, URI directory, Function<Mono<AcmeResponse>, AcmeResponse> run) {
    this.transport = transport;
    this.base = directory.toString().replace("/directory", "");
    this.run = run;
  }

  /** Over a transport that has threads of its own. */
  static RawClient blocking(TestCa ca, AcmeTransport transport) {
    return new RawClient(transport, ca.directory(), mono -> mono.block(Duration.ofSeconds(10)));
  }

  /** Over a CA in memory whose clock stands while it answers. */
  static RawClient instant(TestCa ca) {
    return new RawClient(
        ca.transport(),
        ca.directory(),
        mono -> {
          CompletableFuture<AcmeResponse> future = mono.toFuture();
          if (!future.isDone()) {
            throw new AssertionError("not answered at once");
          }
          return Mono.fromFuture(future).block();
        });
  }

  static ECKey key(Curve curve) {
    try {
      return new ECKeyGenerator(curve).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  static ECKey key() {
    return key(Curve.P_256);
  }

  static String thumbprint(JWK key) {
    try {
      return key.computeThumbprint().toString();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  String url(String path) {
    return path.startsWith("https:") ? path : base + path;
  }

  Reply send(AcmeRequest request) {
    AcmeResponse response = run.apply(transport.send(request));
    nonce = response.nonce() == null ? nonce : response.nonce();
    return new Reply(response);
  }

  Reply get(String path) {
    return send(AcmeRequest.get(URI.create(url(path))));
  }

  /** A nonce that nobody has used. */
  String freshNonce() {
    return send(AcmeRequest.head(URI.create(url("/acme/new-nonce")))).response().nonce();
  }

  private String takeNonce() {
    String taken = nonce == null ? freshNonce() : nonce;
    nonce = null;
    return taken;
  }

  /** A request that names its account. */
  Reply kid(JWK key, String account, String path, Object payload) {
    return post(path, jws(key, account, url(path), takeNonce(), payload));
  }

  /** A request with that nonce. */
  Reply kid(JWK key, String account, String path, Object payload, String nonce) {
    return post(path, jws(key, account, url(path), nonce, payload));
  }

  /** A request that carries its key. */
  Reply jwk(JWK key, String path, Object payload) {
    return post(path, jws(key, null, url(path), takeNonce(), payload));
  }

  Reply post(String path, String jws) {
    return send(AcmeRequest.post(URI.create(url(path)), jws.getBytes(StandardCharsets.UTF_8)));
  }

  /** The URL of a new account. */
  String account(JWK key) {
    Reply reply = jwk(key, "/acme/new-acct", Map.of("termsOfServiceAgreed", true));
    if (reply.status() != 201) {
      throw new AssertionError(reply.body());
    }
    return reply.location();
  }

  Reply order(JWK key, String account, String... names) {
    return kid(
        key,
        account,
        "/acme/new-order",
        Map.of(
            "identifiers",
            Arrays.stream(names).map(n -> Map.of("type", "dns", "value", n)).toList()));
  }

  /** Triggers the http-01 challenge of each authorization, or its only one. */
  void trigger(JWK key, String account, JsonNode order) {
    for (JsonNode authorization : order.path("authorizations")) {
      JsonNode challenges =
          kid(key, account, authorization.asString(), "").json().path("challenges");
      JsonNode chosen = challenges.get(0);
      for (JsonNode challenge : challenges) {
        chosen = challenge.path("type").asString().equals("http-01") ? challenge : chosen;
      }
      Reply triggered = kid(key, account, chosen.path("url").asString(), Map.of());
      if (triggered.status() != 200) {
        throw new AssertionError(triggered.body());
      }
    }
  }

  Reply finalizeOrder(JWK key, String account, JsonNode order, KeyPair pair, String... names) {
    return kid(
        key,
        account,
        order.path("finalize").asString(),
        Map.of("csr", Base64URL.encode(csr(pair, names)).toString()));
  }

  /** The key-change of RFC 8555 §7.3.5, inner and outer. */
  Reply keyChange(JWK signedBy, JWK oldKey, JWK newKey, String account) {
    return keyChange(signedBy, account, oldKey, newKey, account);
  }

  /** A key-change whose inner JWS may be about another account. */
  Reply keyChange(JWK signedBy, String account, JWK oldKey, JWK newKey, String innerAccount) {
    Map<String, Object> change =
        Map.of("account", innerAccount, "oldKey", oldKey.toPublicJWK().toJSONObject());
    String inner = jws(newKey, null, url("/acme/key-change"), null, change);
    return kid(signedBy, account, "/acme/key-change", JSON.readTree(inner));
  }

  static String jws(JWK key, String kid, String url, String nonce, Object payload) {
    JWSHeader.Builder header = new JWSHeader.Builder(algorithm(key)).customParam("url", url);
    if (kid == null) {
      header.jwk(key.toPublicJWK());
    } else {
      header.keyID(kid);
    }
    if (nonce != null) {
      header.customParam("nonce", nonce);
    }
    return sign(key, header.build(), payload);
  }

  static String sign(JWK key, JWSHeader header, Object payload) {
    try {
      String text = payload.equals("") ? "" : JSON.writeValueAsString(payload);
      JWSObjectJSON jws = new JWSObjectJSON(new Payload(text));
      jws.sign(header, signer(key));
      return jws.serializeFlattened();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static JWSAlgorithm algorithm(JWK key) {
    if (key instanceof RSAKey) {
      return JWSAlgorithm.RS256;
    }
    Curve curve = ((ECKey) key).getCurve();
    return curve.equals(Curve.P_256)
        ? JWSAlgorithm.ES256
        : curve.equals(Curve.P_384) ? JWSAlgorithm.ES384 : JWSAlgorithm.ES512;
  }

  private static JWSSigner signer(JWK key) throws JOSEException {
    return key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner((ECKey) key);
  }

  static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static KeyPair rsaPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] csr(KeyPair pair, String... names) {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              Arrays.stream(names)
                  .map(n -> new GeneralName(GeneralName.dNSName, n))
                  .toArray(GeneralName[]::new)));
      String algorithm =
          pair.getPublic().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
      return new JcaPKCS10CertificationRequestBuilder(new X500Name(""), pair.getPublic())
          .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
          .build(new JcaContentSignerBuilder(algorithm).build(pair.getPrivate()))
          .getEncoded();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
