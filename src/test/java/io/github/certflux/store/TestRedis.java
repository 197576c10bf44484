package io.github.certflux.store;

import io.github.certflux.contract.Ports;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/** Redis with an append-only file. */
public final class TestRedis extends TestServer {

  private static final TestRedis SHARED = new TestRedis();

  private final int port = Ports.free(1).next();
  private Path folder;
  private Process process;

  /** The server of this JVM. */
  public static synchronized TestRedis shared() throws Exception {
    if (SHARED.process == null) {
      SHARED.folder = Files.createTempDirectory("certflux-redis");
      SHARED.start();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> SHARED.process.destroyForcibly()));
    }
    return SHARED;
  }

  /** Where it is. */
  public RedisURI uri() {
    return RedisURI.create("127.0.0.1", port);
  }

  @Override
  ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  void start() throws Exception {
    String program = ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
    process =
        new ProcessBuilder(
                program,
                "--port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--dir",
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    while (!answers()) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IOException(Files.readString(folder.resolve("log")));
      }
    }
  }

  /** Not while it reads its file. */
  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() == '+';
    } catch (IOException e) {
      return false;
    }
  }
}
