package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
  private static final int RECORD_AND_MESSAGE_HEADERS = 5 + 4;

  private static byte[] hello(String name, String... protocols) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    if (!name.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(name)));
    }
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    byte[] message = new byte[record.position() - RECORD_AND_MESSAGE_HEADERS];
    record.position(RECORD_AND_MESSAGE_HEADERS).get(message);
    return message;
  }

  private static ClientHello parse(byte[] message) {
    ByteBuf bytes = Unpooled.wrappedBuffer(message);
    ClientHello hello = ClientHello.parse(bytes);
    assertThat(bytes.readableBytes()).as("who reads next has it whole").isEqualTo(message.length);
    return hello;
  }

  @Test
  void nameAndProtocolsAreRead() throws Exception {
    assertThat(parse(hello("WWW.Example.org", "h2", "http/1.1")))
        .isEqualTo(new ClientHello("www.example.org", List.of("h2", "http/1.1")));
    assertThat(parse(hello("1.0.0.127.in-addr.arpa", "acme-tls/1")))
        .isEqualTo(new ClientHello("1.0.0.127.in-addr.arpa", List.of("acme-tls/1")));
    assertThat(parse(hello(""))).isEqualTo(new ClientHello("", List.of()));
  }

  /** It comes from anyone. */
  @Test
  void whateverElseComesAsksForNothingOrForWhatItSays() throws Exception {
    byte[] whole = hello("www.example.org", "acme-tls/1");
    for (int length = 0; length < whole.length; length++) {
      parse(Arrays.copyOf(whole, length));
    }
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      byte[] changed = whole.clone();
      for (int n = random.nextInt(6); n >= 0; n--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      assertThat(parse(changed)).isNotNull();
    }
    assertThat(parse(new byte[0])).isEqualTo(ClientHello.UNKNOWN);
  }
}
