package io.github.certflux.simulation;

import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.TransportFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The way from one process to the CA. What is on its way when the process dies arrives or does not.
 */
final class Wire implements AcmeTransport {
  /** No more often than a client tries within the time of an operation. */
  private static final int MOST_AT_A_URL = 2;

  private static final Duration FORGOTTEN = Duration.ofSeconds(61);
  private static final Trouble[] TROUBLES = Trouble.values();

  private final World world;
  private final Node process;
  private final Map<String, Deque<Duration>> struck = new HashMap<>();

  Wire(World world, Node process) {
    this.world = world;
    this.process = process;
  }

  @Override
  public Mono<AcmeResponse> send(AcmeRequest request) {
    return Mono.create(
        sink -> {
          if (process.event()) {
            Trouble trouble = trouble(request);
            world.time.after(
                latency(trouble == Trouble.SLOW_REQUEST), () -> arrive(request, trouble, sink));
          }
        });
  }

  private Duration latency(boolean slow) {
    Duration usual = world.upTo(world.setting.latencyMillis());
    return slow ? usual.plus(world.upTo(2_500)) : usual;
  }

  private Trouble trouble(AcmeRequest request) {
    if (!world.happens(world.setting.trouble())) {
      return Trouble.NONE;
    }
    Trouble drawn = TROUBLES[1 + world.random.nextInt(TROUBLES.length - 1)];
    if (drawn == Trouble.NONCE_REFUSED && request.method() != AcmeRequest.Method.POST) {
      return Trouble.NONE;
    }
    boolean slow = drawn == Trouble.SLOW_REQUEST || drawn == Trouble.SLOW_ANSWER;
    return slow || mayStrike(request.url().getPath() + kind(drawn)) ? drawn : Trouble.NONE;
  }

  private static String kind(Trouble trouble) {
    return trouble.isLoss() ? " loss" : trouble == Trouble.NONCE_REFUSED ? " nonce" : " busy";
  }

  private boolean mayStrike(String what) {
    Deque<Duration> times = struck.computeIfAbsent(what, w -> new ArrayDeque<>());
    Duration now = world.time.elapsed();
    while (!times.isEmpty() && now.minus(times.peekFirst()).compareTo(FORGOTTEN) > 0) {
      times.removeFirst();
    }
    if (times.size() >= MOST_AT_A_URL) {
      return false;
    }
    times.addLast(now);
    return true;
  }

  private void arrive(AcmeRequest request, Trouble trouble, MonoSink<AcmeResponse> sink) {
    if (!process.isAlive() && world.random.nextBoolean()) {
      return;
    }
    if (trouble.arrives()) {
      world
          .ca
          .transport()
          .send(request)
          .subscribe(answer -> answered(request, trouble, answer, sink), sink::error);
    } else {
      answered(request, trouble, null, sink);
    }
  }

  private void answered(
      AcmeRequest request,
      Trouble trouble,
      @org.jspecify.annotations.Nullable AcmeResponse served,
      MonoSink<AcmeResponse> sink) {
    AcmeResponse instead = trouble.answer();
    AcmeResponse answer = instead == null ? served : instead;
    boolean lost = trouble == Trouble.ANSWER_LOST || trouble == Trouble.REQUEST_LOST;
    if (served != null && served.status() == 201 && request.url().getPath().endsWith("order")) {
      world.orders.created(instead == null && !lost && process.isAlive());
    }
    if (world.traced()) {
      world.trace(process.name(), told(request, trouble, served));
    }
    world.time.after(
        latency(trouble == Trouble.SLOW_ANSWER || lost),
        () -> {
          if (!process.event()) {
            return;
          }
          if (trouble == Trouble.NOT_SENT) {
            sink.error(new TransportFailure(TransportFailure.Kind.NOT_SENT, "simulated", null));
          } else if (lost || answer == null) {
            sink.error(new TransportFailure(TransportFailure.Kind.LOST, "simulated", null));
          } else {
            sink.success(answer);
          }
        });
  }

  private static String told(
      AcmeRequest request,
      Trouble trouble,
      @org.jspecify.annotations.Nullable AcmeResponse served) {
    String body =
        served == null ? "" : new String(served.body(), java.nio.charset.StandardCharsets.UTF_8);
    return request.method()
        + " "
        + request.url().getPath()
        + (served == null ? "" : " -> " + served.status())
        + (served != null && served.status() >= 400 ? " " + body : "")
        + (body.contains("\"status\"")
            ? " " + body.replaceAll("(?s).*?\"status\" ?: ?\"(\\w+)\".*", "$1")
            : "")
        + (trouble == Trouble.NONE ? "" : " " + trouble);
  }

  @Override
  public Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
