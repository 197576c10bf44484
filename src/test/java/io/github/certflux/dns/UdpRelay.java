package io.github.certflux.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Between a client and a DNS server: loses or changes what goes through. UDP alone. */
final class UdpRelay implements AutoCloseable {
  private static final int LARGEST = 4096;

  private final DatagramSocket clients;
  private final InetSocketAddress server;
  private final AtomicInteger lostQuestions = new AtomicInteger();
  private final AtomicInteger lostAnswers = new AtomicInteger();
  private volatile boolean cutSignatures;

  private UdpRelay(InetSocketAddress server) throws IOException {
    this.server = server;
    clients = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::run, "udp-relay");
    thread.setDaemon(true);
    thread.start();
  }

  static UdpRelay to(InetSocketAddress server) {
    try {
      return new UdpRelay(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return clients.getLocalPort();
  }

  void loseQuestions(int count) {
    lostQuestions.set(count);
  }

  void loseAnswers(int count) {
    lostAnswers.set(count);
  }

  void cutSignatures() {
    cutSignatures = true;
  }

  private void run() {
    while (!clients.isClosed()) {
      try (DatagramSocket asking = new DatagramSocket()) {
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        clients.receive(packet);
        if (lostQuestions.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
          continue;
        }
        DatagramPacket answer = new DatagramPacket(new byte[LARGEST], LARGEST);
        asking.send(new DatagramPacket(packet.getData(), packet.getLength(), server));
        asking.receive(answer);
        if (lostAnswers.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
          continue;
        }
        byte[] bytes = Arrays.copyOf(answer.getData(), answer.getLength());
        if (cutSignatures) {
          Message message = new Message(bytes);
          message.removeAllRecords(Section.ADDITIONAL);
          bytes = message.toWire();
        }
        clients.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
      } catch (IOException closed) {
        // the loop looks
      }
    }
  }

  @Override
  public void close() {
    clients.close();
  }
}
