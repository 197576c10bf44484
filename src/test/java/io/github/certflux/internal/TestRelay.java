package io.github.certflux.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes bytes on: as an HTTP proxy that is told where to by CONNECT, or to one port. */
final class TestRelay implements AutoCloseable {
  final List<String> heads = new CopyOnWriteArrayList<>();
  final List<Socket> accepted = new CopyOnWriteArrayList<>();

  private final ServerSocket listening;
  private final int target;
  private volatile String answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  private volatile Socket silenced;

  /** An HTTP proxy. */
  TestRelay() {
    this(0);
  }

  /** A relay to a port of this machine; 0 for a proxy. */
  TestRelay(int target) {
    this.target = target;
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Answers CONNECT with this from now on. */
  void answer(String head) {
    answer = head;
  }

  /** Swallows what goes through a connection from now on, as a NAT does that has forgotten it. */
  void silence(Socket connection) {
    silenced = connection;
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listening.accept();
      accepted.add(client);
      start(() -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    Socket server;
    if (target == 0) {
      String head = head(client.getInputStream());
      heads.add(head);
      client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      if (!answer.startsWith("HTTP/1.1 200")) {
        client.close();
        return;
      }
      String port = head.substring(head.indexOf(':') + 1, head.indexOf(" HTTP/1."));
      server = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
    } else {
      server = new Socket(InetAddress.getLoopbackAddress(), target);
    }
    Socket to = server;
    start(() -> pass(client, client.getInputStream(), to.getOutputStream()));
    pass(client, to.getInputStream(), client.getOutputStream());
    to.close();
    client.close();
  }

  private void pass(Socket client, InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[8192];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      if (silenced != client) {
        to.write(buffer, 0, n);
      }
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      head.write(in.read());
    }
    return head.toString(StandardCharsets.US_ASCII);
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // Closed, by whichever side.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : accepted) {
      socket.close();
    }
  }
}
