package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Exchange;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Truth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever befalls a request of the flow costs a retry, and not the certificate. */
class FaultMatrixTest {
  private static final Duration AT_MOST = Duration.ofMinutes(3);
  private static final Duration WINDOW = Duration.ofSeconds(10);

  /** What the CA is like. */
  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private enum Ca {
    FRESH(ca -> ca.fronts(1).cacheTtl(Duration.ZERO)),
    STALE_FRONT_ENDS(ca -> ca.fronts(3)),
    PROMPT(ca -> ca.fronts(2).asynchronousIssuance(false).retryAfterOnPending(true));

    final UnaryOperator<TestCaBuilder> change;

    Ca(UnaryOperator<TestCaBuilder> change) {
      this.change = change;
    }

    boolean differsAt(Step step) {
      return this != PROMPT || (step.compareTo(Step.ORDER) >= 0 && step != Step.POLL_FOR_VALID);
    }
  }

  @TestFactory
  Stream<DynamicContainer> oneFault() {
    return Arrays.stream(Ca.values())
        .map(
            ca ->
                DynamicContainer.dynamicContainer(
                    ca.name(),
                    Arrays.stream(Step.values())
                        .filter(ca::differsAt)
                        .map(step -> oneFault(ca, step))));
  }

  private static DynamicContainer oneFault(Ca ca, Step step) {
    return DynamicContainer.dynamicContainer(
        step.name(),
        Arrays.stream(Trouble.values())
            .filter(trouble -> trouble.befalls(step))
            .map(
                trouble ->
                    DynamicTest.dynamicTest(
                        trouble.name(), () -> run(1, ca, Map.of(step, List.of(trouble)), true))));
  }

  @TestFactory
  Stream<DynamicTest> severalFaults() {
    return IntStream.range(0, 300)
        .mapToObj(
            seed -> {
              Random random = new Random(seed);
              Ca ca = List.of(Ca.values()).get(random.nextInt(2));
              Map<Step, List<Trouble>> plan = new LinkedHashMap<>();
              int faults = 2 + random.nextInt(5);
              while (plan.values().stream().mapToInt(List::size).sum() < faults) {
                Step step = List.of(Step.values()).get(random.nextInt(Step.values().length));
                Trouble trouble =
                    List.of(Trouble.values()).get(random.nextInt(Trouble.values().length));
                if (trouble.befalls(step)
                    && !clashes(plan, step)
                    && !isTooOld(plan, step, trouble)) {
                  plan.computeIfAbsent(step, s -> new ArrayList<>()).add(trouble);
                }
              }
              return DynamicTest.dynamicTest(
                  seed + " " + ca + " " + plan, () -> run(seed, ca, plan, false));
            });
  }

  /** More than three at one request are more than the tries that a user has by default. */
  private static boolean clashes(Map<Step, List<Trouble>> plan, Step step) {
    return plan.entrySet().stream()
            .filter(e -> e.getKey().endpoint == step.endpoint)
            .mapToInt(e -> e.getValue().size())
            .sum()
        >= 3;
  }

  /** An order whose finalize is sent once more is no longer so new that replicas don't know it. */
  private static boolean isTooOld(Map<Step, List<Trouble>> plan, Step step, Trouble trouble) {
    boolean unknownLater =
        plan.getOrDefault(Step.POLL_FOR_VALID, List.of()).contains(Trouble.NOT_FOUND_YET);
    return step == Step.FINALIZE
        ? unknownLater
        : step == Step.POLL_FOR_VALID
            && trouble == Trouble.NOT_FOUND_YET
            && plan.containsKey(Step.FINALIZE);
  }

  private static void run(long seed, Ca like, Map<Step, List<Trouble>> plan, boolean mustStrike) {
    VirtualWorld world = new VirtualWorld(seed, like.change);
    AcmeClient client = world.client().build();
    Certificate certificate =
        world.await(
            new WholeFlow(
                    world.ca,
                    client,
                    step ->
                        plan.getOrDefault(step, List.of()).forEach(t -> t.strike(world.ca, step)))
                .run(),
            AT_MOST);
    world.close(client);

    if (mustStrike) {
      assertThat(world.ca.requests().count(e -> !e.faults().isEmpty())).as("struck").isPositive();
    }
    assertThat(certificate.chain()).hasSizeGreaterThan(1);
    assertCounts(world, plan);
    assertThat(world.proofs.isClean()).as("the solver is clean").isTrue();
    assertThat(world.proofs.cleanedUp.get()).isGreaterThanOrEqualTo(world.proofs.presented.get());
    assertThat(world.ca.truth().validationsUnderWay()).isZero();
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/orders")).as("journal").isEmpty();
    world.assertKeyIsStored();
  }

  private static void assertCounts(VirtualWorld world, Map<Step, List<Trouble>> plan) {
    Truth truth = world.ca.truth();
    assertThat(truth.accounts()).as("accounts").hasSize(1);
    Truth.AccountState account = truth.accounts().get(0);
    assertThat(account.status()).isEqualTo(Status.VALID);
    assertThat(account.contacts()).containsExactly("mailto:new@example.org");
    assertThat(account.agreedTerms()).hasToString("Optional[https://ca.test/terms/v2]");
    assertThat(account.formerKeyThumbprints()).as("keys that the account had").hasSize(2);

    int orders = 1 + done(plan, Step.ORDER);
    assertThat(truth.orders()).as("orders").hasSizeLessThanOrEqualTo(orders);
    assertThat(truth.spoiltOrders()).as("spoilt orders").isEmpty();
    assertThat(truth.orders()).filteredOn(o -> o.status().equals(Status.VALID)).hasSize(1);
    assertThat(truth.certificates()).as("certificates").hasSize(1);

    assertThat(processed(world, Endpoint.NEW_ACCOUNT, 201)).isLessThanOrEqualTo(1);
    assertThat(changes(world)).as("key-changes that were done").isLessThanOrEqualTo(1);
    assertFinalizedOnce(world);
  }

  private static int done(Map<Step, List<Trouble>> plan, Step step) {
    return (int) plan.getOrDefault(step, List.of()).stream().filter(Trouble::mayBeDone).count();
  }

  private static long processed(VirtualWorld world, Endpoint endpoint, int status) {
    return world.ca.requests().of(endpoint).stream().filter(e -> e.status() == status).count();
  }

  private static long changes(VirtualWorld world) {
    return world.ca.requests().of(Endpoint.KEY_CHANGE).stream()
        .filter(e -> e.status() == 200 && !e.faults().contains("html"))
        .count();
  }

  /** Again after a refusal, or when it is certain that no replica is that late; else never. */
  private static void assertFinalizedOnce(VirtualWorld world) {
    Set<String> refusals = Set.of("badNonce", "malformed", "rateLimited", "accountDoesNotExist");
    Exchange before = null;
    for (Exchange finalize : world.ca.requests().of(Endpoint.FINALIZE)) {
      boolean refused =
          refusals.contains(String.valueOf(finalize.problem()))
              || finalize.status() == 503
              || finalize.faults().contains("refuseConnection");
      if (before != null) {
        assertThat(Duration.between(before.at(), finalize.at()))
            .as("finalize again after %s", before)
            .isGreaterThan(WINDOW);
      }
      before = refused ? before : finalize;
    }
  }
}
