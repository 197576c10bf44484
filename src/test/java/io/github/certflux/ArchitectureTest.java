package io.github.certflux;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.implement;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.Rfc2136Provider;
import io.github.certflux.dns.TxtRecord;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Date;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/** The arrows between packages, and what the library must not call. */
class ArchitectureTest {

  private static final String ROOT = "io.github.certflux";
  private static final String TEST_CA = ROOT + ".testca";

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);
  private static final JavaClasses TESTS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
          .importPackages(ROOT);

  /** spring → manager → certflux → challenge → dns, store, internal → protocol. */
  @TestFactory
  Stream<DynamicTest> packagesImportOnlyDownwards() {
    return Stream.of(
            mayUse("spring", "manager", "", "challenge", "dns", "store", "internal", "protocol"),
            mayUse("manager", "", "challenge", "dns", "store", "internal", "protocol"),
            mayUse("", "challenge", "dns", "store", "internal", "protocol"),
            mayUse("challenge", "dns", "store", "internal", "protocol"),
            mayUse("dns", "store", "internal", "protocol"),
            mayUse("store", "challenge", "internal", "protocol"),
            mayUse("internal", "challenge", "store", "protocol"),
            mayUse("protocol"))
        .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(LIBRARY)));
  }

  @Test
  void everyPackageHasAPlaceInTheOrder() {
    classes()
        .should()
        .resideInAnyPackage(
            ROOT,
            ROOT + ".spring..",
            ROOT + ".manager..",
            ROOT + ".challenge..",
            ROOT + ".dns..",
            ROOT + ".store..",
            ROOT + ".internal",
            ROOT + ".protocol")
        .check(LIBRARY);
  }

  /** An optional library is met only by those who ask for what it is for. */
  @Test
  void dnsjavaIsUsedInItsPackageAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".dns..")
        .should()
        .dependOnClassesThat(resideInAPackage("org.xbill.."))
        .check(LIBRARY);
    classes()
        .that(implement(DnsProvider.class).and(not(type(Rfc2136Provider.class))))
        .or(belongToAnyOf(DnsLookup.class, DnsException.class, TxtRecord.class))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackage("org.xbill.."))
        .check(LIBRARY);
  }

  /** But for the part that is for tests of Spring Boot applications. */
  @Test
  void theTestCaNeedsNoTestLibrary() {
    classes()
        .that()
        .resideInAPackage(TEST_CA + "..")
        .and()
        .resideOutsideOfPackage(TEST_CA + ".spring..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    "java..",
                    "javax..",
                    "reactor.core..",
                    "reactor.netty..",
                    "reactor.util..",
                    "org.reactivestreams..",
                    "io.netty..",
                    "tools.jackson..",
                    "com.nimbusds..",
                    "org.bouncycastle..",
                    "org.slf4j..",
                    "org.jspecify..",
                    TEST_CA + "..")
                .or(inTheLibrary()))
        .check(TESTS);
  }

  @Test
  void theLibraryNeverUsesTheTestCa() {
    noClasses().should().dependOnClassesThat(resideInAPackage(TEST_CA + "..")).check(LIBRARY);
  }

  /** They are optional: whoever keeps the store elsewhere does not have them. */
  @Test
  void onlyTheirStoresNeedTheDriversOfServers() {
    onlyUsedBy("Redis", "io.lettuce..");
    onlyUsedBy("Postgres", "io.r2dbc..");
  }

  /** They are optional, too: whoever has no Spring application does not have them. */
  @Test
  void onlyItsPackageNeedsSpring() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".spring")
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.springframework..", "io.micrometer.."))
        .check(LIBRARY);
  }

  private static void onlyUsedBy(String prefix, String driver) {
    noClasses()
        .that()
        .haveNameNotMatching(Pattern.quote(ROOT) + "\\.(store|spring)\\." + prefix + ".*")
        .should()
        .dependOnClassesThat(resideInAPackage(driver))
        .check(LIBRARY);
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".store", ROOT + ".spring")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.simpleNameStartingWith(prefix)
                .and(resideInAPackage(ROOT + ".store")))
        .check(LIBRARY);
  }

  @Test
  void nothingBlocks() {
    Set<String> waiting =
        Set.of("block", "blockOptional", "blockFirst", "blockLast", "toIterable", "toStream");
    check(
        neverCall(
            "a method that blocks (return a publisher instead)",
            target ->
                (isReactor(target) && waiting.contains(target.getName()))
                    || is(target, Thread.class, "sleep")));
  }

  @Test
  void everyTimerIsInjected() {
    check(
        neverCall(
            "an operator that takes a time without a Scheduler (pass the injected one)",
            target ->
                isReactor(target)
                    && takes(target, Duration.class)
                    && !takes(target, Scheduler.class)));
    check(
        neverCall(
            "Retry.backoff or Retry.fixedDelay (their timer and jitter cannot be injected)",
            target -> is(target, Retry.class, "backoff", "fixedDelay")));
    check(
        neverCall(
            "elapsed, timed or timestamp without a Scheduler (pass the injected one)",
            target ->
                isReactor(target)
                    && Set.of("elapsed", "timed", "timestamp").contains(target.getName())
                    && !takes(target, Scheduler.class)));
  }

  @Test
  void theClockIsInjected() {
    check(
        neverCall(
            "the system clock (ask the injected timer)",
            target ->
                is(target, System.class, "currentTimeMillis", "nanoTime")
                    || is(target, Clock.class, "systemUTC", "systemDefaultZone", "system")
                    || isJavaTimeNow(target)
                    || (isNew(target, Date.class) && target.getRawParameterTypes().isEmpty())));
  }

  @Test
  void randomnessIsInjected() {
    check(
        neverCall(
            "a source of randomness of its own (ask the injected one)",
            target ->
                isNew(target, SecureRandom.class)
                    || isNew(target, Random.class)
                    || is(target, SecureRandom.class, "getInstanceStrong")
                    || is(target, Math.class, "random")
                    || is(target, ThreadLocalRandom.class, "current")
                    || is(target, UUID.class, "randomUUID")));
  }

  @Test
  void nothingIsPrinted() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .because("a library logs through SLF4J")
        .check(LIBRARY);
    check(
        neverCall(
            "printStackTrace (log the error through SLF4J)",
            target -> target.getName().equals("printStackTrace")));
  }

  private static void check(ArchCondition<JavaClass> condition) {
    classes().should(condition).check(LIBRARY);
  }

  /** The rule that a package, {@code ""} for the root, uses no other of ours than those listed. */
  private static ArchRule mayUse(String from, String... to) {
    String[] allowed =
        Stream.concat(Stream.of(from), Arrays.stream(to))
            .map(ArchitectureTest::packageNamed)
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(packageNamed(from))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed).or(resideInAPackage(ROOT + "..").negate()))
        .as(
            (from.isEmpty() ? "certflux" : from)
                + " may use "
                + (to.length == 0 ? "nothing else of ours" : String.join(", ", to)));
  }

  private static String packageNamed(String name) {
    return name.isEmpty() ? ROOT : ROOT + "." + name + "..";
  }

  private static DescribedPredicate<JavaClass> inTheLibrary() {
    return DescribedPredicate.describe(
        "in the library", type -> LIBRARY.contain(type.getFullName()));
  }

  /** Method references count as calls. */
  private static ArchCondition<JavaClass> neverCall(
      String what, Predicate<CodeUnitAccessTarget> banned) {
    return new ArchCondition<>("never call " + what) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getCodeUnitAccessesFromSelf().stream()
            .filter(access -> banned.test(access.getTarget()))
            .forEach(
                access ->
                    events.add(SimpleConditionEvent.violated(access, access.getDescription())));
      }
    };
  }

  private static boolean isReactor(CodeUnitAccessTarget target) {
    return target.getOwner().isAssignableTo(Mono.class)
        || target.getOwner().isAssignableTo(Flux.class);
  }

  private static boolean is(CodeUnitAccessTarget target, Class<?> owner, String... names) {
    return target.getOwner().isEquivalentTo(owner)
        && Arrays.asList(names).contains(target.getName());
  }

  private static boolean isJavaTimeNow(CodeUnitAccessTarget target) {
    return target.getOwner().getPackageName().equals("java.time")
        && target.getName().equals("now")
        && !takes(target, Clock.class);
  }

  private static boolean isNew(CodeUnitAccessTarget target, Class<?> type) {
    return target.getOwner().isEquivalentTo(type) && target.getName().equals("<init>");
  }

  private static boolean takes(CodeUnitAccessTarget target, Class<?> type) {
    return target.getRawParameterTypes().stream().anyMatch(raw -> raw.isEquivalentTo(type));
  }
}
