package io.github.certflux.store;

/** What every store keeps to: a test of a new one implements this, and says how to open it. */
interface AcmeStoreContract extends RecordContract, LeaseContract, ChangesContract {}
