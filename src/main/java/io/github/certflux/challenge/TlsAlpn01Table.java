package io.github.certflux.challenge;

import io.netty.handler.ssl.SslContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The open tls-alpn-01 challenges by the name that a CA asks for. Where two orders prove one name
 * at a time, the later one is shown, since one handshake can show but one.
 */
final class TlsAlpn01Table {
  private final Map<String, Deque<Open>> open = new HashMap<>();

  /** One challenge; shown once it has a certificate. */
  static final class Open {
    private final String keyAuthorization;
    private volatile @Nullable SslContext context;

    private Open(String keyAuthorization) {
      this.keyAuthorization = keyAuthorization;
    }

    void show(SslContext shown) {
      context = shown;
    }
  }

  synchronized Open add(String serverName, String keyAuthorization) {
    Open added = new Open(keyAuthorization);
    open.computeIfAbsent(serverName, name -> new ArrayDeque<>()).push(added);
    return added;
  }

  /** Forgets this key authorization of the name, and no other. */
  synchronized void remove(String serverName, String keyAuthorization) {
    open.computeIfPresent(
        serverName,
        (name, all) -> {
          all.removeIf(one -> one.keyAuthorization.equals(keyAuthorization));
          return all.isEmpty() ? null : all;
        });
  }

  synchronized @Nullable SslContext find(String serverName) {
    Deque<Open> all = open.get(serverName);
    if (all == null) {
      return null;
    }
    for (Open one : all) {
      SslContext context = one.context;
      if (context != null) {
        return context;
      }
    }
    return null;
  }

  synchronized boolean isEmpty() {
    return open.isEmpty();
  }
}
