package io.github.certflux.contract;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Prints what the server wrote last when a test has failed. */
final class ShowServerOutput implements TestWatcher {

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    if (context.getTestInstance().orElse(null) instanceof ServerUnderTest test) {
      System.err.println(context.getDisplayName() + " failed; " + test.server().output());
    }
  }
}
