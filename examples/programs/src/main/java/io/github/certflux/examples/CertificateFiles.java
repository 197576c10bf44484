package io.github.certflux.examples;

import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
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

  /** Writes chain and key; the key is its owner's alone from the first moment. */
  Mono<Void> write(Certificate certificate) {
    return writing(
        () -> {
          replace(key(), certificate.keyPem().orElseThrow(), SECRET);
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
