package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.Identifier;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class SharedProofsTest {
  private final SharedProofs shared = new SharedProofs();
  private final ChallengeSolver solver = Http01Solver.inServer();
  private final SolverRequest request =
      new SolverRequest(
          Identifier.dns("www.example.org"),
          false,
          "token",
          "token.key",
          URI.create("https://a/1"));
  private final List<String> log = new ArrayList<>();

  private void enter(String who) {
    shared.enter(solver, request).subscribe(null, null, () -> log.add(who + " sets up"));
  }

  private void leave(String who, Mono<Boolean> takingAway) {
    shared
        .leave(solver, request, () -> takingAway.doOnSubscribe(s -> log.add(who + " takes away")))
        .subscribe(gone -> log.add(who + " is done"));
  }

  @Test
  void theLastOneTakesItAway() {
    enter("a");
    enter("b");
    leave("a", Mono.just(true));
    leave("b", Mono.just(true));

    assertThat(log)
        .containsExactly("a sets up", "b sets up", "a is done", "b takes away", "b is done");
  }

  @Test
  void whoComesWhileItIsTakenAwayWaits() {
    Sinks.One<Boolean> gone = Sinks.one();
    enter("a");
    leave("a", gone.asMono());
    enter("b");
    assertThat(log).containsExactly("a sets up", "a takes away");

    gone.tryEmitValue(true);
    leave("b", Mono.just(true));

    assertThat(log)
        .containsExactly(
            "a sets up", "a takes away", "a is done", "b sets up", "b takes away", "b is done");
  }

  @Test
  void whoComesAndGoesWhileItIsTakenAwayTakesItAwayOnceMore() {
    Sinks.One<Boolean> first = Sinks.one();
    Sinks.One<Boolean> second = Sinks.one();
    enter("a");
    leave("a", first.asMono());
    enter("b");
    leave("b", second.asMono());
    first.tryEmitValue(true);
    enter("c");
    assertThat(log).last().isEqualTo("b takes away");

    second.tryEmitValue(true);

    assertThat(log).last().isEqualTo("c sets up");
  }
}
