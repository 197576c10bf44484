package io.github.certflux.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import io.lettuce.core.pubsub.api.reactive.ChannelMessage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a store asks of Redis, over one connection, and what it hears over another. */
final class RedisServer implements StoreServer {

  private static final Logger LOG = LoggerFactory.getLogger(RedisServer.class);
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
  private static final int PAGE = 1000;
  private static final String DONE = "done";

  private final RedisClient client;
  private final RedisURI uri;
  private final boolean ownsClient;
  private final String prefix;
  private final String changes;
  private final String releases;
  private final AtomicBoolean looked = new AtomicBoolean();

  /** Guarded by this. */
  private @Nullable RedisConnection current;

  RedisServer(RedisClient client, RedisURI uri, String prefix, boolean ownsClient) {
    this.client = client;
    this.uri = uri;
    this.ownsClient = ownsClient;
    this.prefix = "{" + prefix + "}:";
    this.changes = this.prefix + "changes";
    this.releases = this.prefix + "releases";
  }

  @Override
  public String name() {
    return "Redis at "
        + (uri.getHost() == null
            ? "sentinels " + uri.getSentinels()
            : uri.getHost() + ":" + uri.getPort());
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return ask(commands -> commands.hget(record(path), "content"))
        .map(content -> new StoreRecord(path, content, StoreRules.version(content)));
  }

  @Override
  public Mono<Void> write(StoreRecord record, Condition condition, String attempt) {
    String path = record.path();
    return change(
        RedisScripts.WRITE,
        path,
        condition,
        utf8(attempt),
        utf8(record.version()),
        record.content());
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    return change(RedisScripts.DELETE, path, condition);
  }

  private Mono<Void> change(String script, String path, Condition condition, byte[]... more) {
    Lease lease = condition.lease().orElse(null);
    byte[][] arguments = new byte[5 + more.length][];
    arguments[0] = utf8(condition.kind().name());
    arguments[1] = utf8(condition.version().orElse(""));
    arguments[2] = utf8(lease == null ? "" : Long.toString(lease.token()));
    arguments[3] = utf8(changes);
    arguments[4] = utf8(path);
    System.arraycopy(more, 0, arguments, 5, more.length);
    String[] keys = {
      record(path), prefix + "paths", lease(lease == null ? "" : lease.path()),
    };
    return run(script, keys, arguments)
        .flatMap(outcome -> Conflicts.outcome(outcome, path, condition));
  }

  @Override
  public Flux<String> list(String folder) {
    boolean all = folder.isEmpty();
    Range.Boundary<byte[]> end =
        all ? Range.Boundary.unbounded() : Range.Boundary.excluding(utf8(folder + "0"));
    Range.Boundary<byte[]> begin =
        all ? Range.Boundary.unbounded() : Range.Boundary.including(utf8(folder + "/"));
    return page(begin, end)
        .expand(
            page ->
                page.size() < PAGE
                    ? Mono.empty()
                    : page(Range.Boundary.excluding(page.get(PAGE - 1)), end))
        .flatMapIterable(page -> page)
        .map(path -> new String(path, UTF_8));
  }

  private Mono<List<byte[]>> page(Range.Boundary<byte[]> begin, Range.Boundary<byte[]> end) {
    return ask(
        commands ->
            commands.zrangebylex(prefix + "paths", Range.from(begin, end), Limit.from(PAGE)));
  }

  @Override
  public Mono<Long> take(String path, Duration term, String attempt) {
    String[] keys = {lease(path), prefix + "token"};
    return run(RedisScripts.TAKE, keys, utf8(attempt), utf8("" + term.toMillis()))
        .filter(token -> !token.isEmpty())
        .map(Long::parseLong);
  }

  @Override
  public Mono<Boolean> renew(Lease lease, Duration term) {
    String[] keys = {lease(lease.path())};
    return run(RedisScripts.RENEW, keys, utf8("" + lease.token()), utf8("" + term.toMillis()))
        .map(DONE::equals);
  }

  @Override
  public Mono<Void> release(Lease lease) {
    String[] keys = {lease(lease.path())};
    return run(
            RedisScripts.RELEASE,
            keys,
            utf8("" + lease.token()),
            utf8(releases),
            utf8(lease.path()))
        .then();
  }

  @Override
  public Flux<Notice> listen(UnaryOperator<Mono<Void>> watch) {
    return Flux.usingWhen(
        Mono.defer(() -> RedisConnection.ofOne(client.connectPubSubAsync(CODEC, uri))),
        connection -> notices(connection, watch),
        connection -> Mono.fromCompletionStage(connection::closeAsync));
  }

  private Flux<Notice> notices(
      StatefulRedisPubSubConnection<String, byte[]> connection, UnaryOperator<Mono<Void>> watch) {
    Sinks.Empty<Notice> lost = Sinks.empty();
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
            lost.tryEmitError(new RedisConnectionException("disconnected"));
          }
        });
    RedisPubSubAsyncCommands<String, byte[]> commands = connection.async();
    Flux<Notice> heard = connection.reactive().observeChannels().map(this::notice);
    Mono<Notice> begun =
        Mono.fromCompletionStage(() -> commands.subscribe(changes, releases))
            .thenReturn(Notice.LISTENING);
    Mono<Void> alive = watch.apply(Mono.fromCompletionStage(commands::ping).then());
    return Flux.merge(heard, begun, alive.then(Mono.empty()), lost.asMono());
  }

  private Notice notice(ChannelMessage<String, byte[]> message) {
    boolean isChange = message.getChannel().equals(changes);
    return new Notice(
        isChange ? Notice.Kind.CHANGED : Notice.Kind.RELEASED,
        new String(message.getMessage(), UTF_8));
  }

  @Override
  public Mono<Void> close() {
    RedisConnection open;
    synchronized (this) {
      open = current;
    }
    Mono<Void> closed = open == null ? Mono.empty() : open.close();
    return ownsClient ? closed.then(Mono.fromCompletionStage(client::shutdownAsync)) : closed;
  }

  private Mono<String> run(String script, String[] keys, byte[]... arguments) {
    return ask(commands -> commands.<byte[]>eval(script, ScriptOutputType.VALUE, keys, arguments))
        .map(answer -> new String(answer, UTF_8));
  }

  private <T> Mono<T> ask(
      Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> question) {
    return Mono.defer(() -> connection().ask(question, Mono.defer(() -> ask(question))));
  }

  private synchronized RedisConnection connection() {
    RedisConnection shared = current;
    if (shared == null || shared.isLeft()) {
      shared = new RedisConnection(client.connectAsync(CODEC, uri).thenApply(this::checked));
      current = shared;
    }
    return shared;
  }

  /** Warns once of a server that forgets. */
  private StatefulRedisConnection<String, byte[]> checked(
      StatefulRedisConnection<String, byte[]> connection) {
    if (looked.compareAndSet(false, true)) {
      warnIfForgetful(connection);
    }
    return connection;
  }

  private void warnIfForgetful(StatefulRedisConnection<String, byte[]> connection) {
    Mono.fromCompletionStage(() -> connection.async().info("persistence"))
        .filter(info -> info.contains("aof_enabled:0"))
        .subscribe(
            info ->
                LOG.warn(
                    "store.not-durable server=\"{}\" reason=no-append-only-file"
                        + " advice=set-appendonly-yes",
                    name()),
            error -> LOG.debug("store.durability-unknown server=\"{}\"", name(), error));
  }

  private String record(String path) {
    return prefix + "record:" + path;
  }

  private String lease(String path) {
    return prefix + "lease:" + path;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
