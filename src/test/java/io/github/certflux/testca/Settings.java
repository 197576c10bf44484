package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the builder was told. */
record Settings(
    int fronts,
    Balancing balancing,
    int dataCentres,
    Duration cacheTtl,
    List<Duration> lags,
    Duration validationDelay,
    Duration issuanceDelay,
    boolean asynchronousIssuance,
    Duration retryAfter,
    boolean retryAfterAsDate,
    boolean retryAfterOnPending,
    double nonceRejection,
    boolean authorizationReuse,
    Validation validation,
    KeyAuthorizationTime keyAuthorizationTime,
    List<String> challengeTypes,
    Duration certificateLifetime,
    Duration orderLifetime,
    int alternateChains,
    List<Profile> profiles,
    @Nullable URI terms,
    boolean showContacts,
    boolean showProcessing,
    List<String> algorithms,
    Predicate<Identifier> rejectedIdentifiers,
    SignatureCheck signatureCheck,
    Duration latencyFrom,
    Duration latencyTo,
    int remembered,
    Map<String, String> externalAccounts,
    int ordersPerPage,
    boolean preAuthorization,
    @Nullable URI renewalExplanation) {}
