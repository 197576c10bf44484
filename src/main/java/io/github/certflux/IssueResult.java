package io.github.certflux;

import java.util.Optional;

/**
 * What became of one request of {@link AcmeAccount#issueAll}: a certificate or an error.
 *
 * @param request what was asked for
 * @param certificate the certificate, if it was issued
 * @param error why it was not
 */
public record IssueResult(
    OrderRequest request, Optional<Certificate> certificate, Optional<Throwable> error) {}
