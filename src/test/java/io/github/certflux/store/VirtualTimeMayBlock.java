package io.github.certflux.store;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * The virtual clock keeps what is due in a queue with a lock, which it holds for a moment. Drivers
 * come to it on their event loops, and an error in there is never seen: what waits, waits for ever.
 */
public final class VirtualTimeMayBlock implements BlockHoundIntegration {
  private static final String QUEUE = "java.util.concurrent.PriorityBlockingQueue";

  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder
        .allowBlockingCallsInside(QUEUE, "offer")
        .allowBlockingCallsInside(QUEUE, "poll")
        .allowBlockingCallsInside(QUEUE, "peek")
        .allowBlockingCallsInside(QUEUE, "size");
  }
}
