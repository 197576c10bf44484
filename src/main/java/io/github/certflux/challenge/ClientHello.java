package io.github.certflux.challenge;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the first message of a TLS connection asks for (RFC 8446 §4.1.2).
 *
 * @param serverName the name (RFC 6066 §3), in lower case; empty if there is none
 * @param protocols the application protocols (RFC 7301 §3.1), in the client's order
 */
record ClientHello(String serverName, List<String> protocols) {
  /** Asks for nothing. */
  static final ClientHello UNKNOWN = new ClientHello("", List.of());

  private static final int VERSION_AND_RANDOM = 2 + 32;
  private static final int SERVER_NAME = 0;
  private static final int HOST_NAME = 0;
  private static final int PROTOCOLS = 16;

  ClientHello {
    protocols = List.copyOf(protocols);
  }

  /**
   * Reads a message without its header. It comes from anyone: one that is not as it should be asks
   * for nothing, and whoever has the connection next says what is wrong.
   */
  static ClientHello parse(ByteBuf message) {
    try {
      ByteBuf in = message.slice();
      in.skipBytes(VERSION_AND_RANDOM);
      in.skipBytes(in.readUnsignedByte()); // session
      in.skipBytes(in.readUnsignedShort()); // cipher suites
      in.skipBytes(in.readUnsignedByte()); // compression methods
      return in.isReadable() ? extensions(in.readSlice(in.readUnsignedShort())) : UNKNOWN;
    } catch (IndexOutOfBoundsException e) {
      return UNKNOWN;
    }
  }

  private static ClientHello extensions(ByteBuf in) {
    String name = "";
    List<String> protocols = List.of();
    while (in.isReadable()) {
      int type = in.readUnsignedShort();
      ByteBuf extension = in.readSlice(in.readUnsignedShort());
      if (type == SERVER_NAME) {
        name = serverName(extension);
      } else if (type == PROTOCOLS) {
        protocols = protocols(extension);
      }
    }
    return new ClientHello(name, protocols);
  }

  private static String serverName(ByteBuf extension) {
    ByteBuf names = extension.readSlice(extension.readUnsignedShort());
    while (names.isReadable()) {
      int type = names.readUnsignedByte();
      ByteBuf name = names.readSlice(names.readUnsignedShort());
      if (type == HOST_NAME) {
        return name.toString(StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }

  private static List<String> protocols(ByteBuf extension) {
    ByteBuf list = extension.readSlice(extension.readUnsignedShort());
    List<String> protocols = new ArrayList<>();
    while (list.isReadable()) {
      protocols.add(list.readSlice(list.readUnsignedByte()).toString(StandardCharsets.US_ASCII));
    }
    return protocols;
  }
}
