package io.github.certflux.crash;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.IssueEvent;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Unneeded;
import io.github.certflux.internal.NettyTransport;
import io.github.certflux.internal.TransportSettings;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.FileStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What is killed: a program that uses the library as any program does. */
final class Program {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int READS = 6; // every front end is met
  private static final AccountRequest REQUEST = AccountRequest.create().agreeToTerms();

  private final AcmeClient client;
  private final ToldStore store;
  private final Steps steps;
  private final List<String> names;

  private Program(AcmeClient client, ToldStore store, Steps steps, List<String> names) {
    this.client = client;
    this.store = store;
    this.steps = steps;
    this.names = names;
  }

  /** What it can do. */
  enum Task {
    /** One rollover and one certificate, to the end of the window. */
    WHOLE,
    /** The start after a crash: everything works, and nothing is left over. */
    RESTART,
    /** The start after a crash, and when that was looked at the whole once more. */
    RESTART_AND_WHOLE,
    /** The start after a crash, and then rollovers and certificates without end. */
    RESTART_AND_LOOP,
    /** Eight rollovers. */
    ROLLOVERS
  }

  /**
   * Runs a task.
   *
   * @param arguments directory, root certificate, store, milliseconds of the window, task, names,
   *     and the step to stop at
   */
  public static void main(String[] arguments) throws IOException {
    Steps steps = new Steps(arguments.length > 6 ? arguments[6] : "");
    ToldStore store = new ToldStore(FileStore.at(Path.of(arguments[2])), steps);
    AcmeClient client =
        AcmeClient.builder(URI.create(arguments[0]))
            .transport(
                new ToldTransport(
                    NettyTransport.create(
                        TransportSettings.defaults()
                            .trust(Files.readAllBytes(Path.of(arguments[1])))),
                    steps))
            .store(store)
            .solver(new Unneeded("http-01"))
            .limits(
                RetryLimits.defaults()
                    .withRolloverWindow(Duration.ofMillis(Long.parseLong(arguments[3]))))
            .build();
    Program program = new Program(client, store, steps, List.of(arguments[5].split(",")));
    program
        .task(Task.valueOf(arguments[4]))
        .then(Mono.defer(client::disposeLater))
        .then(Mono.defer(store::disposeLater))
        .block(PATIENCE);
  }

  private Mono<Void> task(Task task) {
    return switch (task) {
      case WHOLE -> begun(account()).flatMap(this::once);
      case RESTART -> begun(restored()).flatMap(this::once);
      case RESTART_AND_WHOLE -> lookedAt(restored()).flatMap(this::once);
      case RESTART_AND_LOOP ->
          lookedAt(restored())
              .flatMap(
                  account ->
                      Flux.fromIterable(names)
                          .concatMap(name -> rollOver(account).then(issue(account, name)))
                          .repeat()
                          .then());
      case ROLLOVERS -> begun(account()).flatMap(account -> rollOver(account).repeat(7).then());
    };
  }

  private <T> Mono<T> begun(Mono<T> work) {
    return Mono.defer(
        () -> {
          steps.begin();
          return work;
        });
  }

  /** All is well now; the parent looks, and says when to go on. */
  private Mono<AcmeAccount> lookedAt(Mono<AcmeAccount> restored) {
    Mono<Integer> goOn =
        Mono.fromCallable(
                () -> {
                  steps.say(Steps.WELL);
                  return System.in.read();
                })
            .subscribeOn(Schedulers.boundedElastic());
    return restored.flatMap(account -> once(account).then(goOn).then(begun(Mono.just(account))));
  }

  private Mono<Void> once(AcmeAccount account) {
    return details(account)
        .then(rollOver(account))
        .thenMany(Flux.fromIterable(names).concatMap(name -> issue(account, name)))
        .then(in("window", store.atRest()));
  }

  private Mono<AcmeAccount> account() {
    return in("account", client.account(REQUEST));
  }

  private Mono<AcmeAccount> restored() {
    return client
        .findAccount(AccountRequest.DEFAULT_NAME)
        .doOnNext(found -> steps.say(Steps.RESTORED))
        .switchIfEmpty(client.account(REQUEST));
  }

  private Mono<Void> details(AcmeAccount account) {
    return in("details", account.details().repeat(READS - 1).then());
  }

  private Mono<Void> rollOver(AcmeAccount account) {
    return in("rollover", account.rollOver(KeyType.EC_P256).then());
  }

  private Mono<Void> issue(AcmeAccount account, String name) {
    return in(
        "issue",
        account
            .issueEvents(OrderRequest.of(name))
            .filter(event -> event.kind() == IssueEvent.Kind.ISSUED)
            .doOnNext(event -> steps.say(Steps.ISSUED + event.order().url()))
            .then());
  }

  private <T> Mono<T> in(String phase, Mono<T> work) {
    return Mono.defer(
        () -> {
          steps.phase(phase);
          return work;
        });
  }
}
