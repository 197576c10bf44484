package io.github.certflux.store;

import java.time.Duration;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a store asks of a server, each whole or not at all. An answer may be lost after it was done,
 * and a driver may then send the request again by itself: so each carries the name of its attempt,
 * and doing the same attempt twice is doing it once.
 */
interface StoreServer {

  /** Such as "Redis at 10.0.0.1:6379", for errors. */
  String name();

  /** Reads a record; empty where there is none. */
  Mono<StoreRecord> read(String path);

  /** Writes a record, or fails with a conflict. */
  Mono<Void> write(StoreRecord record, Condition condition, String attempt);

  /** Deletes a record, or fails with a conflict. */
  Mono<Void> delete(String path, Condition condition);

  /** The paths below a folder. */
  Flux<String> list(String folder);

  /** Takes a lease: its token. Empty where somebody holds it. */
  Mono<Long> take(String path, Duration term, String attempt);

  /** Holds a lease for another term: whether it is held. */
  Mono<Boolean> renew(Lease lease, Duration term);

  /** Gives a lease back, unless it was lost. */
  Mono<Void> release(Lease lease);

  /**
   * Listens to what others do: {@link Notice#LISTENING} once it does, then one notice each. Ends or
   * fails when the connection is lost, which some only show when they are asked something.
   *
   * @param watch asks something now and then, given how; fails when there is no answer in time
   */
  Flux<Notice> listen(UnaryOperator<Mono<Void>> watch);

  /** Closes what was opened. */
  Mono<Void> close();

  /** What somebody did. */
  record Notice(Kind kind, String path) {
    static final Notice LISTENING = new Notice(Kind.LISTENING, "");

    enum Kind {
      LISTENING,
      CHANGED,
      RELEASED
    }
  }
}
