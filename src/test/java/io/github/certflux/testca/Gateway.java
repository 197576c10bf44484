package io.github.certflux.testca;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** The one address of the CA: gives each request to a front end, with the faults that are due. */
final class Gateway {
  private final Core core;
  private final Faults faults;
  private final Requests requests;
  private final List<FrontEnd> fronts = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  Gateway(Core core, Faults faults, Requests requests) {
    this.core = core;
    this.faults = faults;
    this.requests = requests;
    for (int i = 0; i < core.settings.fronts(); i++) {
      fronts.add(new FrontEnd(core, i));
    }
  }

  void restartFrontEnds() {
    fronts.forEach(FrontEnd::restart);
  }

  /** Serves a request on the thread that subscribes, or on the timer's where a fault delays it. */
  Mono<Delivery> serve(CaRequest request) {
    int front =
        core.settings.balancing() == Balancing.RANDOM
            ? core.chance.below(fronts.size())
            : Math.floorMod(turn.getAndIncrement(), fronts.size());
    Call call = new Call(request, Route.of(request.path()), front);
    List<Fault> due = faults.strike(call);
    if (due.isEmpty()) {
      return Mono.fromSupplier(() -> process(call, due));
    }
    Mono<Delivery> delivery = Mono.fromSupplier(() -> process(call, due));
    Duration before = delays(due, false);
    Duration after = delays(due, true);
    if (!before.isZero()) {
      delivery = Mono.delay(before, core.clock.timer()).then(delivery);
    }
    return after.isZero() ? delivery : delivery.delayElement(after, core.clock.timer());
  }

  private static Duration delays(List<Fault> due, boolean after) {
    return due.stream()
        .filter(f -> f.kind() == Fault.Kind.DELAY && f.isAfter() == after)
        .map(Fault::duration)
        .reduce(Duration.ZERO, Duration::plus);
  }

  private Delivery process(Call call, List<Fault> due) {
    for (Fault fault : due) {
      if (!fault.isAfter()) {
        switch (fault.kind()) {
          case ANSWER -> {
            return recorded(call, due, delivery(replaced(call, fault), due), true);
          }
          case LOSE, CUT_SHORT, DROP_CONNECTION, REFUSE_CONNECTION, HUGE_BODY -> {
            return recorded(call, due, delivery(Answer.empty(200), due), false);
          }
          case BAD_NONCE -> call.nonceRefused = true;
          default -> {
            // done elsewhere
          }
        }
      }
    }
    Answer answer = fronts.get(call.front).answer(call);
    for (Fault fault : due) {
      if (fault.isAfter() && fault.kind() == Fault.Kind.ANSWER) {
        answer = replaced(call, fault);
      }
    }
    return recorded(call, due, delivery(answer, due), true);
  }

  private Answer replaced(Call call, Fault fault) {
    Answer answer = fault.answer(core.clock);
    return fault.isFromCa() ? fronts.get(call.front).dressed(call, answer) : answer;
  }

  private static Delivery delivery(Answer answer, List<Fault> due) {
    Delivery.Ending ending = Delivery.Ending.COMPLETE;
    long huge = 0;
    for (Fault fault : due) {
      switch (fault.kind()) {
        case LOSE -> ending = Delivery.Ending.LOST;
        case CUT_SHORT -> ending = Delivery.Ending.CUT_SHORT;
        case DROP_CONNECTION -> ending = Delivery.Ending.CONNECTION_DROPPED;
        case REFUSE_CONNECTION -> ending = Delivery.Ending.NOT_SENT;
        case HUGE_BODY -> huge = fault.bytes();
        case NO_NONCE -> answer.without(Answer.NONCE);
        default -> {
          // done elsewhere
        }
      }
    }
    return new Delivery(answer, ending, huge);
  }

  private Delivery recorded(Call call, List<Fault> due, Delivery delivery, boolean processed) {
    Answer answer = delivery.answer();
    CaProblem problem = answer.problem();
    requests.add(
        new Exchange(
            core.clock.now(),
            call.route.endpoint(),
            call.request.method(),
            call.request.path(),
            call.front,
            call.thumbprint,
            call.account,
            processed ? answer.status() : 0,
            problem == null ? null : problem.type(),
            due.stream().map(Fault::toString).toList()));
    return delivery;
  }
}
