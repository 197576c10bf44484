package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.KeyRollover;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RolloverPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Many pipelines at work on one account while its key is rolled over, measured */
@Command(
    name = "rollover-bench",
    sortOptions = false,
    description = {
      "Keeps pipelines at work on one account without a pause, while its key is rolled over again"
          + " and again: of five, three read the account, one updates its contacts, one gets whole"
          + " certificates.",
      "",
      "What is measured is the library's operation: one signed request with all its tries, such as"
          + " newOrder or a poll. The waits between requests that a server asks for (Retry-After)"
          + " are not in it; so times inside and outside a window can be compared. Inside is what"
          + " was under way at any moment of the 5 s after the answer to a key-change, the life of"
          + " Boulder's account cache. The work begins before the measurement, with rollovers of"
          + " another account, until the JVM is warm.",
      ""
    })
final class RolloverBench implements Callable<Integer> {
  private static final Duration BEFORE = Duration.ofSeconds(10);
  private static final Duration AFTER = RolloverTraffic.INSIDE.plusSeconds(2);
  private static final int SLOWEST = 3;
  private static final int WARM_UP_ROLLOVERS = 5;
  private static final int WARM_UP_READS = 30;

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--pipelines",
      paramLabel = "N",
      defaultValue = "200",
      description = "how many work at a time (default: ${DEFAULT-VALUE})")
  private int pipelines;

  @Option(
      names = "--rollovers",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often the key is rolled over (default: ${DEFAULT-VALUE})")
  private int rollovers;

  @Option(
      names = "--interval",
      paramLabel = "D",
      defaultValue = "6s",
      converter = DurationConverter.class,
      description = "from one rollover to the next (default: ${DEFAULT-VALUE})")
  private Duration interval = Duration.ZERO;

  @Option(
      names = "--back-to-back",
      paramLabel = "N",
      defaultValue = "0",
      description = "then so many more without a pause (default: ${DEFAULT-VALUE})")
  private int backToBack;

  @Option(
      names = "--policy",
      paramLabel = "both|new",
      defaultValue = "both",
      split = ",",
      converter = PolicyConverter.class,
      description =
          "which keys sign inside the window, the new and the old or the new alone; both,new"
              + " measures one after the other (default: ${DEFAULT-VALUE})")
  private List<RolloverPolicy> policies = List.of();

  @Option(
      names = "--key-types",
      paramLabel = "TYPE",
      defaultValue = "EC_P256",
      split = ",",
      description =
          "the types of the keys, in turn: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private List<KeyType> keyTypes = List.of();

  @Option(names = "--orders-only", description = "all pipelines get whole certificates")
  private boolean ordersOnly;

  @Option(
      names = "--http-port",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "answer http-01 on this port (default: any that is free, for servers that don't look)")
  private int httpPort;

  @Option(
      names = "--warm-up",
      paramLabel = "D",
      defaultValue = "10s",
      converter = DurationConverter.class,
      description = "work before the measurement (default: ${DEFAULT-VALUE})")
  private Duration warmUp = Duration.ZERO;

  @Option(
      names = "--plot",
      paramLabel = "FILE.svg",
      description = "draw each operation's time, a panel for each policy")
  private @Nullable Path plot;

  /** Reads {@code both} and {@code new}. */
  static final class PolicyConverter implements ITypeConverter<RolloverPolicy> {
    @Override
    public RolloverPolicy convert(String value) {
      return switch (value) {
        case "both" -> RolloverPolicy.BOTH_KEYS;
        case "new" -> RolloverPolicy.NEW_KEY_ONLY;
        default -> throw new TypeConversionException("'" + value + "' is not both or new");
      };
    }
  }

  public static void main(String... args) {
    Program.run(new RolloverBench(), args);
  }

  @Override
  public Integer call() {
    server.require(pipelines > 0, "--pipelines must be at least 1, not " + pipelines);
    server.require(rollovers >= 0, "--rollovers must not be negative, but is " + rollovers);
    server.require(backToBack >= 0, "--back-to-back must not be negative, but is " + backToBack);
    server.require(httpPort >= 0 && httpPort < 65_536, "--http-port must be 0 to 65535");
    server.require(
        Set.copyOf(policies).size() == policies.size(), "--policy must name each policy once");
    Map<RolloverPolicy, RolloverTraffic> measured = new LinkedHashMap<>();
    Mono.usingWhen(
            Mono.fromSupplier(() -> Http01Solver.onPort(httpPort)),
            solver ->
                Session.with(
                    server,
                    session ->
                        Flux.fromIterable(policies)
                            .concatMap(
                                policy ->
                                    measured(session, solver, policy)
                                        .doOnNext(traffic -> measured.put(policy, traffic)))
                            .then()),
            Http01Solver::disposeLater)
        .then(Mono.justOrEmpty(plot).flatMap(file -> RolloverPlot.write(measured, file)))
        .block();
    if (server.json()) {
      printJson(measured);
    }
    return measured.values().stream().allMatch(traffic -> traffic.figures().failed() == 0)
        ? Program.DONE
        : Program.FAILED;
  }

  private Mono<RolloverTraffic> measured(
      Session session, Http01Solver solver, RolloverPolicy policy) {
    RolloverTraffic traffic = new RolloverTraffic();
    RetryLimits limits = RetryLimits.defaults().withRolloverPolicy(policy);
    return session
        .client(
            acme -> acme.solver(solver).limits(limits).observer(traffic),
            acme -> atWork(acme, word(policy), traffic))
        .then(Mono.fromRunnable(() -> report(policy, traffic)))
        .thenReturn(traffic);
  }

  private static String word(RolloverPolicy policy) {
    return policy == RolloverPolicy.BOTH_KEYS ? "both" : "new";
  }

  private Mono<Void> atWork(AcmeClient acme, String name, RolloverTraffic traffic) {
    AccountRequest request =
        AccountRequest.create().agreeToTerms().withKeyType(keyTypes.get(0)).withName(name);
    AtomicBoolean over = new AtomicBoolean();
    return acme.account(request)
        .flatMap(
            account ->
                Mono.when(
                    pipelines(account, over, traffic),
                    schedule(acme, account, traffic).doFinally(end -> over.set(true))));
  }

  /** Warm up, measure, roll over, and go on until the last window is over. */
  private Mono<Void> schedule(AcmeClient acme, AcmeAccount account, RolloverTraffic traffic) {
    return warm(acme)
        .then(Mono.fromRunnable(traffic::begin))
        .then(Mono.delay(BEFORE))
        .thenMany(Flux.interval(Duration.ZERO, interval).onBackpressureBuffer().take(rollovers))
        .concatMap(number -> rolledOver(account, number, traffic))
        .then(backToBack == 0 ? Mono.empty() : Mono.delay(interval))
        .thenMany(Flux.range(rollovers, backToBack))
        .concatMap(number -> rolledOver(account, number, traffic), 0)
        .then(Mono.delay(AFTER))
        .then(Mono.fromRunnable(traffic::stop));
  }

  /** Rollovers of another account, and reads of it, while the pipelines warm up everything else. */
  private Mono<Void> warm(AcmeClient acme) {
    Mono<Void> others =
        acme.account(AccountRequest.create().agreeToTerms().withName("warm-up"))
            .flatMapMany(
                account ->
                    Flux.range(0, WARM_UP_ROLLOVERS)
                        .concatMap(
                            number ->
                                account
                                    .rollOver(KeyType.EC_P256)
                                    .thenMany(account.details().repeat(WARM_UP_READS))
                                    .then()))
            .then();
    return Mono.when(others, Mono.delay(warmUp));
  }

  private Mono<KeyRollover> rolledOver(AcmeAccount account, long number, RolloverTraffic traffic) {
    KeyType type = keyTypes.get((int) ((number + 1) % keyTypes.size()));
    return Mono.defer(
        () -> {
          long began = System.nanoTime();
          return account
              .rollOver(type)
              .doOnNext(
                  done ->
                      System.out.printf(
                          Locale.ROOT,
                          "  rollover %-3d %8.1f ms%n",
                          number + 1,
                          (System.nanoTime() - began) / 1e6))
              .onErrorResume(error -> failed("rollover " + (number + 1), error, traffic));
        });
  }

  private Mono<Void> pipelines(AcmeAccount account, AtomicBoolean over, RolloverTraffic traffic) {
    AtomicInteger orders = new AtomicInteger();
    return Flux.range(0, pipelines)
        .flatMap(
            number ->
                Mono.defer(() -> step(account, number, orders))
                    .onErrorResume(error -> failed("pipeline " + number, error, traffic))
                    .repeat(() -> !over.get())
                    .then(),
            pipelines)
        .then();
  }

  private Mono<?> step(AcmeAccount account, int pipeline, AtomicInteger orders) {
    if (ordersOnly) {
      return order(account, orders);
    }
    return switch (pipeline % 5) {
      case 0 -> order(account, orders);
      case 1 -> account.update(AccountUpdate.contact("p" + pipeline + "@certflux-test.com"));
      default -> account.details();
    };
  }

  private static Mono<?> order(AcmeAccount account, AtomicInteger orders) {
    return account.issue(
        OrderRequest.of("order-" + orders.incrementAndGet() + ".certflux-test.com"));
  }

  private static <T> Mono<T> failed(String what, Throwable error, RolloverTraffic traffic) {
    traffic.failed();
    System.err.println(what + ": " + error);
    return Mono.empty();
  }

  private static void report(RolloverPolicy policy, RolloverTraffic traffic) {
    RolloverTraffic.Figures all = traffic.figures();
    System.out.printf(
        Locale.ROOT,
        "%s: %d operations, %d failed; %d requests sent again with another key, %.2f for each of the"
            + " %d operations inside%n"
            + "  inside    p50 %8.1f ms   p95 %8.1f ms   max %8.1f ms%n"
            + "  outside   p50 %8.1f ms   p95 %8.1f ms   max %8.1f ms%n"
            + "  first success after a rollover, at worst %.1f ms; the last one done %.1f ms after the"
            + " end of its window%n",
        word(policy),
        all.operations(),
        all.failed(),
        all.refused(),
        all.refusedPerOperation(),
        all.inside(),
        all.insideP50Ms(),
        all.insideP95Ms(),
        all.insideMaxMs(),
        all.outsideP50Ms(),
        all.outsideP95Ms(),
        all.outsideMaxMs(),
        all.firstSuccessMs(),
        all.afterWindowMs());
    for (RolloverTraffic.Operation each : traffic.slowestInside(SLOWEST)) {
      System.out.printf(
          Locale.ROOT,
          "  slow: %-14s at %6.2f s %8.1f ms   %d requests, %d of them sent again with another"
              + " key%n",
          each.what(),
          each.startNanos() / 1e9,
          each.ms(),
          each.attempts(),
          each.refused());
    }
  }

  /** Of two policies, an object for each. */
  private static void printJson(Map<RolloverPolicy, RolloverTraffic> measured) {
    Map<String, Map<String, Object>> each = new LinkedHashMap<>();
    measured.forEach((policy, traffic) -> each.put(word(policy), json(policy, traffic.figures())));
    Program.printJson(each.size() == 1 ? each.values().iterator().next() : each);
  }

  private static Map<String, Object> json(RolloverPolicy policy, RolloverTraffic.Figures all) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("policy", word(policy));
    json.put("operations", all.operations());
    json.put("failed", all.failed());
    json.put("failedRequests", all.failedRequests());
    json.put("refused", all.refused());
    json.put("refusedPerOperation", all.refusedPerOperation());
    json.put("insideOperations", all.inside());
    json.put("insideP50Ms", all.insideP50Ms());
    json.put("insideP95Ms", all.insideP95Ms());
    json.put("insideMaxMs", all.insideMaxMs());
    json.put("outsideP50Ms", all.outsideP50Ms());
    json.put("outsideP95Ms", all.outsideP95Ms());
    json.put("outsideMaxMs", all.outsideMaxMs());
    json.put("firstSuccessMs", all.firstSuccessMs());
    json.put("afterWindowMs", all.afterWindowMs());
    json.put("rollovers", all.rollovers());
    return json;
  }
}
