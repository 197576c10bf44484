package io.github.certflux.spring;

import io.github.certflux.protocol.KeyType;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;

/**
 * What an application sets of Certflux. Secrets are in no {@code toString}.
 *
 * @param enabled whether Certflux does anything
 * @param domains the names of the server's certificate: DNS names, wildcards or IP addresses
 * @param certificates further certificates, each chosen by the name that a client asks for
 * @param email whom the CA writes to; optional, and Let's Encrypt keeps none
 * @param termsOfServiceAgreed whether you agree to the CA's terms of service, without which there
 *     are no certificates
 * @param directory the CA: letsencrypt, letsencrypt-staging, or the URL of an ACME directory
 * @param fallbacks further CAs, each asked where those before it fail
 * @param trust PEM file of the roots that the CA's own HTTPS is trusted by, such as those of a
 *     private CA; the JVM's unless set
 * @param keyType the type of the certificates' keys
 * @param profile the CA's profile of certificates, such as shortlived
 * @param store where account, keys and certificates are kept
 * @param challenge how the names are proved
 * @param eab the credentials that some CAs give to their customers
 * @param rollover when the account's key is replaced
 */
@ConfigurationProperties("certflux")
record CertfluxProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue List<String> domains,
    @DefaultValue Map<String, CertificateProperties> certificates,
    @Nullable String email,
    @DefaultValue("false") boolean termsOfServiceAgreed,
    @DefaultValue("letsencrypt") String directory,
    @DefaultValue List<FallbackProperties> fallbacks,
    @Nullable Resource trust,
    @DefaultValue("ec-p256") KeyType keyType,
    @Nullable String profile,
    @DefaultValue StoreProperties store,
    @DefaultValue ChallengeProperties challenge,
    @Nullable ExternalAccountProperties eab,
    @DefaultValue RolloverProperties rollover) {

  /**
   * A further certificate.
   *
   * @param domains its names
   * @param keyType the type of its key; as for all unless set
   * @param profile the CA's profile of it; as for all unless set
   */
  record CertificateProperties(
      @DefaultValue List<String> domains, @Nullable KeyType keyType, @Nullable String profile) {}

  /**
   * A CA that is asked where those before it fail.
   *
   * @param directory letsencrypt, letsencrypt-staging, or the URL of its ACME directory
   * @param trust PEM file of the roots that its own HTTPS is trusted by; the JVM's unless set
   * @param eab the credentials that it gives to its customers
   */
  record FallbackProperties(
      @Nullable String directory,
      @Nullable Resource trust,
      @Nullable ExternalAccountProperties eab) {}

  /**
   * Where what must survive a restart is kept. A bean of the type {@code AcmeStore} takes its
   * place.
   *
   * @param type file, redis or postgres; memory for tests: a CA allows few new certificates for the
   *     same names
   * @param path the folder of the files, which is made with access for its owner alone
   * @param url of Redis or PostgreSQL (r2dbc:postgresql://…), with the password; the application's
   *     own connection unless set
   * @param encryption encrypts what is kept
   */
  record StoreProperties(
      @DefaultValue("file") Type type,
      @DefaultValue("certflux") Path path,
      @Nullable String url,
      @Nullable EncryptionProperties encryption) {

    enum Type {
      /** Files in a folder. */
      FILE,
      /** Gone with the process. */
      MEMORY,
      /** Redis or Valkey; needs Lettuce. */
      REDIS,
      /** PostgreSQL; needs R2DBC. */
      POSTGRES
    }

    @Override
    public String toString() {
      return "StoreProperties[type=" + type + ", path=" + path + "]";
    }
  }

  /**
   * Encryption of all records (AES-256-GCM).
   *
   * @param keyId names the key, for the time when there are two
   * @param key 32 bytes in Base64: a secret
   * @param previous earlier keys by their names, to decrypt with
   * @param readsPlain whether records that were never encrypted are read, too
   */
  record EncryptionProperties(
      @DefaultValue("1") String keyId,
      @Nullable String key,
      @DefaultValue Map<String, String> previous,
      @DefaultValue("false") boolean readsPlain) {
    @Override
    public String toString() {
      return "EncryptionProperties[keyId=" + keyId + "]";
    }
  }

  /**
   * How names are proved. A bean of the type {@code ChallengeSolver} takes the place of what there
   * is for its type.
   *
   * @param types which challenges, the first that a CA offers and that fits is taken, and another
   *     where that failed; unless set those of the application's own beans, tls-alpn-01, http-01
   *     where the plain port is opened, and dns-01 where somebody writes DNS records
   * @param http the plain port, for http-01
   * @param rfc2136 a DNS server that takes updates, for dns-01; a bean of the type {@code
   *     DnsProvider} takes its place
   */
  record ChallengeProperties(
      @DefaultValue List<String> types,
      @DefaultValue HttpProperties http,
      @Nullable DnsUpdateProperties rfc2136) {}

  /**
   * The plain HTTP port, where http-01 is answered and everything else is sent to HTTPS.
   *
   * @param enabled whether it is opened
   * @param port its number; CAs ask port 80, so another one must be forwarded to
   * @param address the address of this machine that it listens on; that of the server unless set
   * @param redirect whether what is not a challenge is redirected to HTTPS; else it is not found
   * @param redirectPort the HTTPS port that clients see; 443 unless set
   */
  record HttpProperties(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("80") int port,
      @Nullable InetAddress address,
      @DefaultValue("true") boolean redirect,
      @Nullable Integer redirectPort) {}

  /**
   * A DNS server that takes updates (RFC 2136).
   *
   * @param server its name or address
   * @param port its port
   * @param zone the zone that is updated; asked for unless set
   * @param keyName the name of the TSIG key
   * @param keyAlgorithm its algorithm
   * @param keySecret the key in Base64: a secret
   */
  record DnsUpdateProperties(
      @Nullable String server,
      @DefaultValue("53") int port,
      @Nullable String zone,
      @Nullable String keyName,
      @DefaultValue("hmac-sha256") String keyAlgorithm,
      @Nullable String keySecret) {
    @Override
    public String toString() {
      return "DnsUpdateProperties[server=" + server + ", port=" + port + ", zone=" + zone + "]";
    }
  }

  /**
   * External account binding (RFC 8555 §7.3.4).
   *
   * @param keyId the key identifier
   * @param hmacKey the key, base64url: a secret
   */
  record ExternalAccountProperties(@Nullable String keyId, @Nullable String hmacKey) {
    @Override
    public String toString() {
      return "ExternalAccountProperties[keyId=" + keyId + "]";
    }
  }

  /**
   * Scheduled rollovers of the account's key.
   *
   * @param every how old a key becomes, an hour or more; never replaced unless set
   * @param keyType the type of the new keys
   */
  record RolloverProperties(@Nullable Duration every, @DefaultValue("ec-p256") KeyType keyType) {}
}
