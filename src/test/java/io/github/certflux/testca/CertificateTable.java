package io.github.certflux.testca;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The certificates by serial number. */
final class CertificateTable {
  private final CaClock clock;
  private final Replicas replicas;
  private final Map<String, IssuedCertificate> rows = new LinkedHashMap<>();

  CertificateTable(CaClock clock, Replicas replicas) {
    this.clock = clock;
    this.replicas = replicas;
  }

  synchronized void add(IssuedCertificate certificate) {
    rows.put(certificate.serial(), certificate);
  }

  /** The certificate as the next replica shows it. */
  @Nullable IssuedCertificate seen(String serial) {
    long lag = replicas.lag();
    IssuedCertificate row = latest(serial);
    return row == null || clock.millis() - row.issued().toEpochMilli() < lag ? null : row;
  }

  synchronized @Nullable IssuedCertificate latest(String serial) {
    return rows.get(serial);
  }

  /** False when it was revoked already. */
  synchronized boolean revoke(String serial) {
    IssuedCertificate row = rows.get(serial);
    if (row == null || row.revoked()) {
      return false;
    }
    rows.put(serial, row.asRevoked());
    return true;
  }

  synchronized List<IssuedCertificate> all() {
    return new ArrayList<>(rows.values());
  }
}
