package io.github.certflux.manager;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Signer;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.util.concurrent.Callable;
import reactor.core.publisher.Mono;

/** Reads keys on the thread that asks, so that virtual time need not wait for another. */
final class InlineCrypto implements Crypto {
  @Override
  public Mono<KeyPair> generate(KeyType type) {
    return Mono.error(new UnsupportedOperationException());
  }

  @Override
  public Signer signer(KeyPair key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> Mono<T> heavy(Callable<T> work) {
    return Mono.fromCallable(work);
  }
}
