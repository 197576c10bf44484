package io.github.certflux.simulation;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AtRest;
import io.github.certflux.IssueEvent;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * One run of a process with a client of its own. From the moment of its crash none of its calls and
 * timers has an effect, and no signal reaches it.
 */
final class Node {
  private static final Duration LONGEST_CLOSE = Duration.ofMinutes(2);

  private final World world;
  private final String name;
  private final ProcessStore store;
  private final Scheduler timer;
  private final AcmeClient client;
  private final Set<String> standing = new HashSet<>();
  private final List<Disposable> subscriptions = new ArrayList<>();
  private boolean alive = true;
  private boolean closing;
  private boolean closed;
  private int eventsLeft = Integer.MAX_VALUE;
  private int storeFailures;
  private int contacts;

  Node(World world, String name) {
    this.world = world;
    this.name = name;
    this.timer = world.time.of(this::isAlive, world.upTo(6_000).minusSeconds(3));
    this.store = new ProcessStore(world, this);
    this.client =
        AcmeClient.builder(world.ca.directory())
            .transport(new Wire(world, this))
            .timer(timer)
            .random(world.random.split())
            .crypto(world.keys)
            .store(store)
            .solver(new WebServer())
            .limits(RetryLimits.defaults().withRolloverPolicy(world.setting.policy()))
            .maxInFlight(1 + world.random.nextInt(8))
            .build();
    world.trace(name, "starts");
  }

  World world() {
    return world;
  }

  String name() {
    return name;
  }

  Scheduler timer() {
    return timer;
  }

  boolean isAlive() {
    return alive;
  }

  boolean isClosing() {
    return closing;
  }

  int storeFailures() {
    return storeFailures;
  }

  void storeFailed() {
    storeFailures++;
  }

  // Its end.

  /** Something happens at its border; false once it is dead. */
  boolean event() {
    if (alive && --eventsLeft == 0) {
      crash();
    }
    return alive;
  }

  void crashAt(int events) {
    eventsLeft = events;
  }

  void crash() {
    if (!alive) {
      return;
    }
    world.trace(name, "CRASHES");
    alive = false;
    store.die(world.setting.freeAtOnce());
    world.operations.stream().filter(o -> o.process == this).forEach(Operation::cut);
  }

  /** Closes it; what it leaves behind in the world is a fault. */
  void close() {
    if (!alive || closing) {
      return;
    }
    closing = true;
    eventsLeft = Integer.MAX_VALUE;
    boolean cancels = world.random.nextBoolean();
    world.trace(name, cancels ? "cancels what it does, and closes" : "closes");
    if (cancels) {
      subscriptions.forEach(Disposable::dispose);
    }
    client
        .disposeLater()
        .subscribe(
            nothing -> {},
            error -> world.complaints.add(name + " could not be closed: " + error),
            () -> closed = true);
    world.time.passUntil(() -> closed, LONGEST_CLOSE);
    if (!cancels) { // what was not cancelled fails when it sends its next request
      world.time.passUntil(
          () -> standing.isEmpty() && AtRest.placesTaken(client) == 0, LONGEST_CLOSE);
    }
    if (!closed) {
      world.complaints.add(name + " did not close");
    }
    world.operations.stream().filter(o -> o.process == this).forEach(Operation::cut);
    if (AtRest.placesTaken(client) > 0) {
      world.complaints.add(name + " did not give places back: " + AtRest.placesTaken(client));
    }
    if (!standing.isEmpty()) {
      world.complaints.add(name + " left proofs behind: " + standing);
    }
    alive = false;
    store.die(true);
    world.trace(name, "is closed");
  }

  // What it does.

  void details() {
    run(Step.Kind.DETAILS, "details", AcmeAccount::details);
  }

  void contact() {
    AccountUpdate update = AccountUpdate.contact("ops" + contacts++ + "@example.org");
    run(Step.Kind.CONTACT, "contact", account -> account.update(update));
  }

  Disposable rollOver() {
    KeyType type = world.random.nextInt(4) == 0 ? KeyType.EC_P384 : KeyType.EC_P256;
    return run(Step.Kind.ROLL_OVER, "rollover", account -> account.rollOver(type));
  }

  Disposable issue(String certificate) {
    AtomicBoolean first = new AtomicBoolean(true);
    Operation issue = new Operation(this, Step.Kind.ISSUE, "issue " + certificate);
    URI[] expected = new URI[1];
    return run(
        issue,
        account ->
            Flux.defer(
                    () -> {
                      expected[0] = world.orders.begin(certificate, issue, this);
                      return account.issueEvents(OrderRequest.of(certificate));
                    })
                .doOnNext(event -> told(certificate, event, expected[0], first)));
  }

  private void told(
      String certificate, IssueEvent event, @Nullable URI expected, AtomicBoolean first) {
    world.trace(name, event.kind() + " " + event.order().url().getPath());
    if (alive) {
      boolean ordered = event.kind() == IssueEvent.Kind.ORDERED;
      world.orders.told(
          certificate, event, this, expected, ordered && first.compareAndSet(true, false));
    }
  }

  private Disposable run(Step.Kind kind, String what, Function<AcmeAccount, Publisher<?>> work) {
    return run(new Operation(this, kind, what), work);
  }

  private Disposable run(Operation operation, Function<AcmeAccount, Publisher<?>> work) {
    world.operations.add(operation);
    world.trace(name, operation.what + " begins");
    Disposable subscription =
        client
            .account(AccountRequest.contact("ops@example.org").agreeToTerms())
            .flatMapMany(work)
            .subscribe(
                value -> {},
                error -> {
                  if (alive) {
                    operation.failed(error);
                  }
                },
                () -> {
                  if (alive) {
                    operation.done();
                  }
                });
    subscriptions.add(subscription);
    return subscription;
  }

  /** Cancels what was subscribed to, after that time. */
  void cancel(Disposable subscription, int millis) {
    Operation operation = world.operations.get(world.operations.size() - 1);
    world.time.after(
        Duration.ofMillis(millis),
        () -> {
          if (alive && operation.isRunning()) {
            operation.cut();
            subscription.dispose();
          }
        });
  }

  /** Shows proofs until somebody takes them away, also when the process dies. */
  private final class WebServer implements ChallengeSolver {
    @Override
    public String type() {
      return "http-01";
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return slowly(
          () -> {
            standing.add(request.token());
            world.standing.put(request.token(), request.keyAuthorization());
          });
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return slowly(
          () -> {
            standing.remove(request.token());
            world.standing.remove(request.token(), request.keyAuthorization());
          });
    }

    private Mono<Void> slowly(Runnable work) {
      return Mono.delay(world.upTo(40), timer)
          .then(
              Mono.fromRunnable(
                  () -> {
                    if (event()) {
                      work.run();
                    }
                  }));
    }
  }
}
