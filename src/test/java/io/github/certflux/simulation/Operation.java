package io.github.certflux.simulation;

import io.github.certflux.store.StoreException;
import org.jspecify.annotations.Nullable;

/** Something that a process was asked to do. */
final class Operation {
  final Node process;
  final Step.Kind kind;
  final String what;
  private final int storeFailuresBefore;
  private State state = State.RUNNING;
  private @Nullable Throwable error;

  /** How it stands. */
  enum State {
    RUNNING,
    DONE,
    FAILED,
    /** Its process died or was closed, or its subscriber went away. */
    CUT
  }

  Operation(Node process, Step.Kind kind, String what) {
    this.process = process;
    this.kind = kind;
    this.what = what;
    this.storeFailuresBefore = process.storeFailures();
  }

  boolean isRunning() {
    return state == State.RUNNING;
  }

  boolean isDone() {
    return state == State.DONE;
  }

  void done() {
    end(State.DONE, null);
  }

  void failed(Throwable cause) {
    end(process.isClosing() ? State.CUT : State.FAILED, cause);
  }

  void cut() {
    end(State.CUT, null);
  }

  private void end(State how, @Nullable Throwable cause) {
    if (state == State.RUNNING) {
      state = how;
      error = cause;
      process.world().trace(process.name(), what + " " + how + (cause == null ? "" : " " + cause));
    }
  }

  /** Whether it failed although a retry could have saved it: all but a store that failed. */
  boolean failedInVain() {
    return state == State.FAILED
        && !(error instanceof StoreException && process.storeFailures() > storeFailuresBefore);
  }

  @Override
  public String toString() {
    return process.name() + " " + what + " " + state + (error == null ? "" : " by " + error);
  }
}
