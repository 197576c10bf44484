package io.github.certflux;

import io.github.certflux.internal.Names;
import io.github.certflux.internal.Urls;
import io.github.certflux.protocol.Identifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Where names are, and a look at each of their addresses. */
final class Addresses {
  private static final int PARALLEL = 8;

  /** An honest name has fewer. */
  private static final int MOST = 16;

  private final Function<String, Mono<List<InetAddress>>> ofName;

  Addresses(@Nullable Function<String, Mono<List<InetAddress>>> ofName) {
    this.ofName = Objects.requireNonNullElse(ofName, Addresses::asThisMachineSays);
  }

  /**
   * The JDK's lookup blocks, and reads the same files and servers as every other program here. What
   * only this network reaches is left out: whoever has a name could point it there, and a CA does
   * not come there.
   */
  private static Mono<List<InetAddress>> asThisMachineSays(String name) {
    return Mono.fromCallable(() -> List.of(InetAddress.getAllByName(name)))
        .subscribeOn(Schedulers.boundedElastic())
        .map(
            all ->
                all.stream()
                    .filter(address -> !Urls.isLocal(address.getHostAddress()))
                    .limit(MOST)
                    .toList());
  }

  /** Nobody answers there, or not from here. */
  static final class Unreachable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unreachable(String what, Throwable cause) {
      super(what, cause, false, false);
    }
  }

  /**
   * Looks at each address of an identifier. Which of them a CA takes nobody knows, so that what is
   * wrong at one is wrong; those that can't be reached from here count where none can.
   *
   * @param what what is looked at, for messages
   * @param expected what should be there
   * @param look completes where all is well; {@link NotSeen}, {@link Unreachable}
   */
  Mono<Void> each(
      Identifier identifier,
      int port,
      String what,
      String expected,
      Function<InetSocketAddress, Mono<Void>> look) {
    return of(identifier)
        .onErrorMap(
            error -> new NotSeen(what, expected, "no address of " + identifier.value(), error))
        .flatMap(
            all ->
                Flux.fromIterable(all)
                    .flatMap(
                        address ->
                            look.apply(new InetSocketAddress(address, port))
                                .then(Mono.<Unreachable>empty())
                                .onErrorResume(Unreachable.class, Mono::just),
                        PARALLEL)
                    .collectList()
                    .flatMap(
                        unreachable ->
                            unreachable.size() < all.size()
                                ? Mono.<Void>empty()
                                : Mono.error(
                                    unreachable.isEmpty()
                                        ? new NotSeen(
                                            what,
                                            expected,
                                            "no address of " + identifier.value(),
                                            null)
                                        : new NotSeen(
                                            what,
                                            expected,
                                            String.valueOf(unreachable.get(0).getMessage()),
                                            unreachable.get(0).getCause()))));
  }

  private Mono<List<InetAddress>> of(Identifier identifier) {
    byte[] address = identifier.type().equals("ip") ? Names.address(identifier.value()) : null;
    if (address == null) {
      return ofName.apply(identifier.value());
    }
    return Mono.fromCallable(() -> List.of(InetAddress.getByAddress(address)));
  }
}
