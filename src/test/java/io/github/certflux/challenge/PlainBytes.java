package io.github.certflux.challenge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A connection that says what no client of a library would. */
final class PlainBytes {
  private static final int PATIENCE_MILLIS = 30_000;

  private PlainBytes() {}

  /** What comes back for these bytes, up to the end of the connection. */
  static String answered(int port, String bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      try {
        socket.getInputStream().transferTo(all);
      } catch (SocketException reset) {
        // The server need not read all that is sent to it.
      }
      return all.toString(StandardCharsets.ISO_8859_1);
    }
  }
}
