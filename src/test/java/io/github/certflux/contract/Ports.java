package io.github.certflux.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/** Free ports on this machine, for servers that must be told theirs. */
public final class Ports {

  /** Below those that the system gives to connections (Linux: from 32768), which could take one. */
  private static final int FIRST = 20_000;

  private static final int BEHIND_LAST = 32_000;
  private static final int TRIES = 1_000;
  private static final Random RANDOM = new Random();

  private Ports() {}

  /** So many different ones; free a moment ago, which is all that can be known. */
  public static Iterator<Integer> free(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ServerSocket socket = opened();
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

  private static ServerSocket opened() throws IOException {
    for (int time = 1; ; time++) {
      try {
        int port = RANDOM.nextInt(FIRST, BEHIND_LAST);
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
      } catch (BindException taken) {
        if (time == TRIES) {
          throw taken;
        }
      }
    }
  }
}
