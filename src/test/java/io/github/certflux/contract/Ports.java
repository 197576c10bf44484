package io.github.certflux.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Free ports on this machine, for servers that must be told theirs. */
final class Ports {

  private Ports() {}

  /** So many different ones; free a moment ago, which is all that can be known. */
  static Iterator<Integer> free(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        sockets.add(socket);
        ports.add(socket.getLocalPort());
      }
      for (ServerSocket socket : sockets) {
        socket.close();
      }
      return ports.iterator();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
