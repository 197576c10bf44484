package io.github.certflux;

import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A key management service: its keys are found by reference, and sign as the test lets them. */
public final class TestKms {
  private final Map<String, AccountSigner> keys = new ConcurrentHashMap<>();
  private final AtomicInteger made = new AtomicInteger();
  private final Scheduler worker;
  private volatile UnaryOperator<Mono<byte[]>> way;

  /** Signs on a worker, in a way that may take its time. */
  public TestKms(Scheduler worker, UnaryOperator<Mono<byte[]>> way) {
    this.worker = worker;
    this.way = way;
  }

  /** From now on it signs otherwise. */
  public void signs(UnaryOperator<Mono<byte[]>> other) {
    way = other;
  }

  /** Takes a key, which it never shows again. */
  public AccountSigner keep(KeyPair pair) {
    AccountSigner signer = new Key("kms:key/" + made.incrementAndGet(), pair);
    keys.put(signer.reference(), signer);
    return signer;
  }

  /** Finds a signer; for {@link AcmeClientBuilder#signers}. */
  public Mono<AccountSigner> find(String reference) {
    return Mono.fromSupplier(() -> keys.get(reference));
  }

  /** The key is no more. */
  public void destroy(String reference) {
    keys.remove(reference);
  }

  /** A reference names another key now. */
  public void replace(String reference, KeyPair other) {
    keys.put(reference, new Key(reference, other));
  }

  private final class Key implements AccountSigner {
    private final AccountSigner key;

    Key(String reference, KeyPair pair) {
      key = AccountSigner.of(reference, pair, worker);
    }

    @Override
    public String reference() {
      return key.reference();
    }

    @Override
    public PublicKey publicKey() {
      return key.publicKey();
    }

    @Override
    public Mono<byte[]> sign(byte[] signingInput) {
      return way.apply(key.sign(signingInput));
    }
  }
}
