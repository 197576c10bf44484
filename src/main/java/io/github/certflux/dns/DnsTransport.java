package io.github.certflux.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.WireParseException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One message to one server and its answer, by dnsjava: by UDP, and by TCP where the answer does
 * not fit. dnsjava draws its numbers from a source that may block, so it runs beside the event
 * loops.
 */
final class DnsTransport {
  private final Duration timeout;
  private final Scheduler timer;
  private final Scheduler beside = Schedulers.boundedElastic();

  DnsTransport(Duration timeout, Scheduler timer) {
    this.timeout = timeout;
    this.timer = timer;
  }

  Scheduler timer() {
    return timer;
  }

  /**
   * Sends a message.
   *
   * @param message made anew for each subscription, beside the event loops
   * @param key what it is signed with
   * @param tcp whether UDP is not even tried
   * @return the answer, of whatever RCODE; {@link DnsException} where none came that can be read
   */
  Mono<Message> send(
      InetSocketAddress server, Supplier<Message> message, @Nullable TSIG key, boolean tcp) {
    return Mono.fromCompletionStage(
            () -> {
              SimpleResolver resolver = new SimpleResolver(server);
              resolver.setTimeout(timeout);
              resolver.setTCP(tcp);
              resolver.setTSIGKey(key);
              return resolver.sendAsync(message.get(), beside::schedule);
            })
        .subscribeOn(beside)
        // once by UDP and once by TCP
        .timeout(timeout.multipliedBy(2).plusSeconds(1), timer)
        .publishOn(timer)
        .onErrorMap(error -> failure(server, error));
  }

  private static DnsException failure(InetSocketAddress server, Throwable error) {
    boolean unreadable = error instanceof WireParseException;
    String why =
        unreadable
            ? "the answer can't be read: " + error.getMessage()
            : error instanceof TimeoutException || error.getMessage() == null
                ? "no answer"
                : "no answer: " + error.getMessage();
    return new DnsException(
        unreadable ? DnsException.Reason.ANSWER : DnsException.Reason.UNREACHABLE,
        text(server),
        "",
        "",
        why,
        error);
  }

  /** Address and port, as errors name them. */
  static String text(InetSocketAddress server) {
    String host =
        server.isUnresolved() ? server.getHostString() : server.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + server.getPort();
  }
}
