package io.github.certflux.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Passes bytes on to a server, counts them, and resets connections. */
final class Relay implements AutoCloseable {
  final AtomicLong toClients = new AtomicLong();
  final AtomicLong resets = new AtomicLong();
  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "relay");
            thread.setDaemon(true);
            return thread;
          });

  Relay(int target) {
    this.target = target;
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (!listening.isClosed()) {
        Socket client = listening.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        clients.add(client);
        threads.execute(() -> pump(client, server, new AtomicLong()));
        threads.execute(() -> pump(server, client, toClients));
      }
    } catch (IOException closed) {
      // the end of it
    }
  }

  private static void pump(Socket from, Socket to, AtomicLong count) {
    byte[] buffer = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        count.addAndGet(read);
      }
    } catch (IOException closed) {
      // the end of it
    }
  }

  /** Resets every connection of a client, from another thread. */
  void reset() {
    threads.execute(
        () -> {
          for (Socket client : List.copyOf(clients)) {
            clients.remove(client);
            try {
              client.setSoLinger(true, 0);
              client.close();
              resets.incrementAndGet();
            } catch (IOException closed) {
              // it is gone already
            }
          }
        });
  }

  @Override
  public void close() throws IOException {
    listening.close();
    reset();
    threads.shutdown();
  }
}
