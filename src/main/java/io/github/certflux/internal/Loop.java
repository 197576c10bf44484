package io.github.certflux.internal;

import java.util.function.BooleanSupplier;

/**
 * A loop that serves waiters one after the other. What it wakes runs inside a step and may ask for
 * the loop again: it then goes on where it is, so that the stack does not grow with the number of
 * waiters. Each thread loops for itself; none does the work that another has woken.
 */
final class Loop {
  private final ThreadLocal<Boolean> running = new ThreadLocal<>();

  /** Takes steps until one says that there is nothing left to do. */
  void run(BooleanSupplier step) {
    if (running.get() != null) {
      return; // further down this stack a step is under way, and another follows it
    }
    running.set(true);
    try {
      boolean more;
      do {
        more = step.getAsBoolean();
      } while (more);
    } finally {
      running.remove();
    }
  }
}
