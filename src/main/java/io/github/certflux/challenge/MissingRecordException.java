package io.github.certflux.challenge;

import io.github.certflux.dns.TxtRecord;
import io.github.certflux.internal.NotAcme;
import java.util.List;

/** A person has to set a TXT record, once: {@link #record}. */
public class MissingRecordException extends SolverException {
  private static final long serialVersionUID = 1L;

  /** What to set. */
  private final transient TxtRecord record;

  /**
   * A failure.
   *
   * @param record what to set
   * @param found the values that are there
   */
  public MissingRecordException(TxtRecord record, List<String> found) {
    super(
        "set this TXT record, which stays: "
            + record.name()
            + ". IN TXT \""
            + record.value()
            + "\" ("
            + (found.isEmpty()
                ? "there is none"
                : "there is " + NotAcme.printable(found.toString()))
            + ")",
        null);
    this.record = record;
  }

  /** {@return the record to set; its TTL is a proposal} */
  public TxtRecord record() {
    return record;
  }
}
