package io.github.certflux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A DNS server on loopback, resolver and authoritative server of all its zones in one, by UDP. */
final class FakeDns implements AutoCloseable {
  private static final int LARGEST = 4_096;

  private final DatagramSocket socket;
  private final List<Record> records = new CopyOnWriteArrayList<>();
  private final List<String> questions = new CopyOnWriteArrayList<>();

  FakeDns() {
    try {
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "fake-dns");
    thread.setDaemon(true);
    thread.start();
    add(".", "SOA", ". . 1 1 1 1 1");
  }

  /** A zone with one server: this one. */
  FakeDns zone(String name) {
    return add(name, "SOA", "ns." + name + " . 1 1 1 1 1")
        .add(name, "NS", "ns." + name)
        .add("ns." + name, "A", "127.0.0.1");
  }

  FakeDns add(String name, String type, String data) {
    try {
      records.add(
          Record.fromString(
              Name.fromString(name, Name.root), Type.value(type), DClass.IN, 60, data, Name.root));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** What was asked for so far: {@code www.example.org. CAA}. */
  List<String> questions() {
    return questions;
  }

  private void serve() {
    byte[] buffer = new byte[LARGEST];
    try {
      while (!socket.isClosed()) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] answer =
            answer(new Message(Arrays.copyOf(packet.getData(), packet.getLength())))
                .toWire(LARGEST);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      socket.close(); // as at the end of a test
    }
  }

  private Message answer(Message query) {
    Record question = query.getQuestion();
    Name name = question.getName();
    questions.add(name + " " + Type.string(question.getType()));
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.AA);
    answer.getHeader().setFlag(Flags.RA);
    answer.addRecord(question, Section.QUESTION);
    records.stream()
        .filter(record -> record.getName().equals(name) && record.getType() == question.getType())
        .forEach(record -> answer.addRecord(record, Section.ANSWER));
    if (answer.getSection(Section.ANSWER).isEmpty()) {
      boolean exists = records.stream().anyMatch(record -> record.getName().subdomain(name));
      answer.getHeader().setRcode(exists ? Rcode.NOERROR : Rcode.NXDOMAIN);
      records.stream()
          .filter(record -> record.getType() == Type.SOA && name.subdomain(record.getName()))
          .max(Comparator.comparingInt(record -> record.getName().labels()))
          .ifPresent(soa -> answer.addRecord(soa, Section.AUTHORITY));
    }
    return answer;
  }

  @Override
  public void close() {
    socket.close();
  }
}
