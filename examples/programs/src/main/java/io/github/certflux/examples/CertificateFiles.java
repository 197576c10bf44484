package io.github.certflux.examples;

import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A certificate's chain and key in a folder; each file is replaced as a whole. */
final class CertificateFiles {
  private static final String PUBLIC = "rw-r--r--";
  private static final String SECRET = "rw-------";

  private final Path folder;

  private CertificateFiles(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  /** In this folder, or else in one here that is named after the order's first name. */
  static CertificateFiles of(@Nullable Path folder, OrderRequest order) {
    String name = order.identifiers().get(0).value().replace('*', '_').replace(':', '-');
    return new CertificateFiles(folder != null ? folder : Path.of(name));
  }

  /** In this folder. */
  static CertificateFiles in(Path folder) {
    return new CertificateFiles(folder);
  }

  /** The first certificate of a file in PEM. */
  static X509Certificate read(Path file) {
    try (InputStream pem = new BufferedInputStream(Files.newInputStream(file))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    } catch (CertificateException e) {
      throw new Program.Failure(file + " is not a certificate in PEM", e);
    } catch (IOException e) {
      throw new Program.Failure("can't read " + Program.reason(e), e);
    }
  }

  /** A CSR in a file, in PEM or DER. */
  static CsrSource csr(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      return text.contains("-----BEGIN") ? CsrSource.csr(text) : CsrSource.csr(bytes);
    } catch (IOException e) {
      throw new Program.Failure("can't read " + Program.reason(e), e);
    }
  }

  /** A certificate's private key in a file, in PEM as {@code openssl genpkey} writes it. */
  static KeyPair key(Path file, X509Certificate certificate) {
    try {
      String base64 = Files.readString(file, StandardCharsets.ISO_8859_1);
      byte[] der = Base64.getMimeDecoder().decode(base64.replaceAll("-----[^-]*-----", ""));
      String algorithm = certificate.getPublicKey().getAlgorithm();
      PrivateKey own =
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      return new KeyPair(certificate.getPublicKey(), own);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new Program.Failure(file + " is not the certificate's key in PEM (PKCS#8)", e);
    } catch (IOException e) {
      throw new Program.Failure("can't read " + Program.reason(e), e);
    }
  }

  /** Where the certificate was downloaded. */
  URI url() {
    try {
      return URI.create(Files.readString(source()).strip());
    } catch (IllegalArgumentException e) {
      throw new Program.Failure(source() + " holds no URL", e);
    } catch (IOException e) {
      throw new Program.Failure("can't read " + Program.reason(e), e);
    }
  }

  private Path source() {
    return folder.resolve("url.txt");
  }

  Path chain() {
    return folder.resolve("fullchain.pem");
  }

  Path key() {
    return folder.resolve("privkey.pem");
  }

  private Path root() {
    return folder.resolve("root.pem");
  }

  /** Makes the folder, before anything is asked of the CA. */
  Mono<Void> prepare() {
    return writing(
        () -> {
          Path probe = Files.createTempFile(Files.createDirectories(folder), "probe", "");
          Files.delete(probe);
          return folder;
        });
  }

  /**
   * Writes the key, if it is Certflux's, the chain, and where it is from; the key is its owner's
   * alone from the first moment.
   */
  Mono<Void> write(Certificate certificate) {
    return writing(
        () -> {
          Optional<String> key = certificate.keyPem();
          if (key.isPresent()) {
            replace(key(), key.get(), SECRET);
          }
          replace(source(), certificate.url() + "\n", PUBLIC);
          return replace(chain(), certificate.chainPem(), PUBLIC);
        });
  }

  /** Writes the root of a CA that nobody knows, if there is one. */
  Mono<Void> writeRoot(Optional<String> pem) {
    return pem.map(root -> writing(() -> replace(root(), root, PUBLIC))).orElse(Mono.empty());
  }

  /** A command that checks the chain. */
  String howToVerify() {
    String trusted = Files.exists(root()) ? "-CAfile " + root() + " " : "-CAfile ROOT.pem ";
    return "openssl verify " + trusted + "-untrusted " + chain() + " " + chain();
  }

  private Mono<Void> writing(Callable<Path> work) {
    return Program.blocking(work)
        .onErrorMap(
            IOException.class,
            e ->
                new Program.Failure(
                    "--out " + folder + " can't be written to: " + Program.reason(e), e))
        .then();
  }

  private Path replace(Path file, String pem, String permissions) throws IOException {
    Path next =
        Files.createTempFile(folder, file.getFileName().toString(), ".next", only(permissions));
    Files.writeString(next, pem, StandardCharsets.US_ASCII);
    return Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private FileAttribute<?>[] only(String permissions) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
