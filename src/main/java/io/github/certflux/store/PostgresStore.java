package io.github.certflux.store;

import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A store in PostgreSQL 12 or newer, for any number of nodes. It needs {@code
 * org.postgresql:r2dbc-postgresql} on the class path.
 *
 * <ul>
 *   <li>Tables and functions whose names begin with {@code certflux_} are made when it first
 *       connects, in the first schema of the connection's search path, by one node at a time. That
 *       needs the right to create there; with less, run {@code postgres-1.sql} of this package
 *       beforehand. Later only the rights to use them are needed.
 *   <li>Each change is one statement: what it asks of the record and of a lease is checked in the
 *       transaction that writes. It is on the disk when it is signalled as done, also where {@code
 *       synchronous_commit} is off.
 *   <li>A lease's term is measured by the server's clock.
 *   <li>A connection is taken from the factory for each request and given back: let the factory be
 *       a pool ({@code io.r2dbc:r2dbc-pool}), or each request connects anew. One more stays open
 *       while somebody listens for changes or waits for a lease ({@code LISTEN}); poolers that
 *       share a connection among transactions do not carry that.
 *   <li>A request that is not answered within the time limit is a {@link StoreException}, and
 *       leaves open whether it was done.
 * </ul>
 *
 * <p>Results are signalled on the driver's threads, or on the timer's; nothing blocks. The factory
 * stays yours to close.
 */
public final class PostgresStore extends ServerStore {

  private PostgresStore(Builder builder) {
    super(new PostgresServer(builder.factory), builder.limit, builder.timer);
  }

  /**
   * A store in a database.
   *
   * @param factory connects to it; see above
   * @return the store
   */
  public static PostgresStore on(ConnectionFactory factory) {
    return builder(factory).build();
  }

  /**
   * Begins to describe a store.
   *
   * @param factory connects to the database; see above
   * @return what makes the store
   */
  public static Builder builder(ConnectionFactory factory) {
    return new Builder(factory);
  }

  /** Describes a store in PostgreSQL. */
  public static final class Builder {
    private final ConnectionFactory factory;
    private Duration limit = TIME_LIMIT;
    private Scheduler timer = Schedulers.parallel();

    private Builder(ConnectionFactory factory) {
      this.factory = factory;
    }

    /**
     * How long a request may take, with connecting.
     *
     * @param most 10 ms to an hour; 5 seconds unless given
     * @return this builder
     */
    public Builder timeLimit(Duration most) {
      this.limit = timeLimitOf(most);
      return this;
    }

    /**
     * What time limits and pauses are measured by.
     *
     * @param scheduler {@link Schedulers#parallel()} unless given
     * @return this builder
     */
    public Builder timer(Scheduler scheduler) {
      this.timer = scheduler;
      return this;
    }

    /**
     * Makes the store. Nothing is connected before it is needed.
     *
     * @return the store
     */
    public PostgresStore build() {
      return new PostgresStore(this);
    }
  }
}
