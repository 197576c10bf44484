package io.github.certflux.store;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.regex.Pattern;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A store in Redis 5 or newer, or Valkey, for any number of nodes. It needs {@code
 * io.lettuce:lettuce-core} on the class path.
 *
 * <ul>
 *   <li>Each write is one script: what it asks of the record and of a lease is checked where it is
 *       written. All keys begin with one prefix in braces, so a cluster keeps them on one node.
 *   <li>A lease's term is measured by the server's clock. Tokens rise with that clock too, so they
 *       do not go back where a server lost its last second. A lease that nobody took since its term
 *       ended can still be renewed for a day.
 *   <li>A write that was signalled as done is as durable as the server's settings make it: {@code
 *       appendonly yes} and {@code appendfsync always} lose nothing, {@code everysec} up to two
 *       seconds when the server dies. Without an append-only file a warning is logged. {@code
 *       maxmemory-policy} must be {@code noeviction}. Replicas follow later: a fail-over may lose
 *       what was written last, so choose PostgreSQL or files where that must not happen.
 *   <li>A request that is not answered within the time limit is a {@link StoreException}, and
 *       leaves open whether it was done. Lettuce makes lost connections again and sends what was
 *       under way once more, which is then done once.
 * </ul>
 *
 * <p>Results are signalled on Lettuce's threads, or on the timer's; nothing blocks.
 */
public final class RedisStore extends ServerStore {

  private RedisStore(Builder builder) {
    super(
        new RedisServer(builder.client, builder.uri, builder.prefix, builder.ownsClient),
        builder.limit,
        builder.timer);
  }

  /**
   * A store on a server, with a client of its own that is shut down with the store.
   *
   * @param uri such as {@code rediss://user:password@redis.example.org:6379/0}; {@code
   *     redis-sentinel://} finds the master by its sentinels
   * @return the store
   */
  public static RedisStore at(String uri) {
    Builder builder = builder(RedisClient.create(), RedisURI.create(uri));
    builder.ownsClient = true;
    return builder.build();
  }

  /**
   * Begins to describe a store.
   *
   * @param client makes the store's two connections; it stays yours to shut down
   * @param uri where the server is, and who asks
   * @return what makes the store
   */
  public static Builder builder(RedisClient client, RedisURI uri) {
    return new Builder(client, uri);
  }

  /** Describes a store in Redis. */
  public static final class Builder {
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,100}");

    private final RedisClient client;
    private final RedisURI uri;
    private String prefix = "certflux";
    private Duration limit = TIME_LIMIT;
    private Scheduler timer = Schedulers.parallel();
    private boolean ownsClient;

    private Builder(RedisClient client, RedisURI uri) {
      this.client = client;
      this.uri = uri;
    }

    /**
     * What all keys and channels begin with, in braces.
     *
     * @param name 1 to 100 of {@code [A-Za-z0-9._:-]}; {@code certflux} unless given
     * @return this builder
     */
    public Builder prefix(String name) {
      if (!PREFIX.matcher(name).matches()) {
        throw new IllegalArgumentException("a prefix is 1 to 100 of [A-Za-z0-9._:-], not " + name);
      }
      this.prefix = name;
      return this;
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
    public RedisStore build() {
      return new RedisStore(this);
    }
  }
}
