package io.github.certflux.examples.webflux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** A Spring WebFlux site with automatic HTTPS, and a live dashboard */
@Command(
    name = "webflux-app",
    sortOptions = false,
    description = {
      "Runs a site with automatic HTTPS until it is interrupted, with a dashboard that shows its"
          + " certificates being renewed and its account's key being rolled over. By itself it has an"
          + " embedded test CA, whose certificates live for a minute. The dashboard is for browsers on"
          + " this machine alone.",
      "",
      "A --property=value with a dot in its name goes to Spring Boot, such as"
          + " --certflux.challenge.types=http-01.",
      ""
    })
final class WebfluxApp implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final String OWN_NAME = "www.localhost";

  @Option(
      names = "--http-port",
      paramLabel = "P",
      defaultValue = "8080",
      description =
          "answer http-01 there, and send all else to HTTPS (default: ${DEFAULT-VALUE}; 0: any that"
              + " is free)")
  private int httpPort;

  @Option(
      names = "--https-port",
      paramLabel = "P",
      defaultValue = "8443",
      description =
          "serve the site there, and answer tls-alpn-01 (default: ${DEFAULT-VALUE}; 0: any that is"
              + " free)")
  private int httpsPort;

  @Option(
      names = "--directory",
      paramLabel = "URL",
      description = "the CA's directory (default: an embedded test CA)")
  private @Nullable URI directory;

  @Option(
      names = "--trust",
      paramLabel = "PEM",
      description = "trust these roots, and no others (default: those of the JDK)")
  private @Nullable Path trust;

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      split = ",",
      description = "what the certificate is for, with --directory; may be repeated")
  private List<String> domains = List.of();

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "where account, keys and certificates are kept; a real CA issues only so many for the"
              + " same names (default: in memory)")
  private @Nullable Path store;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  /** Of the embedded CA's certificates. */
  private Duration lifetime = Duration.ofMinutes(1);

  @Unmatched private List<String> springs = new ArrayList<>();

  @Spec private @Nullable CommandSpec command;

  public static void main(String... args) {
    int status =
        new CommandLine(new WebfluxApp())
            .setParameterExceptionHandler(WebfluxApp::wrongUsage)
            .setExecutionExceptionHandler((error, line, result) -> failed(error))
            .execute(args);
    if (status != 0) {
      System.exit(status);
    }
  }

  @Override
  public Integer call() throws IOException {
    start();
    return 0;
  }

  /** For tests, in which nothing is to be renewed by itself. */
  WebfluxApp withLifetime(Duration other) {
    lifetime = other;
    return this;
  }

  /** The running application; the embedded CA ends with the JVM. */
  ConfigurableApplicationContext start() throws IOException {
    check();
    Map<String, Object> properties = new LinkedHashMap<>();
    int http = httpPort == 0 ? free() : httpPort;
    int https = httpsPort == 0 ? free() : httpsPort;
    properties.put("server.port", https);
    properties.put("certflux.challenge.http.port", http);
    properties.put("certflux.challenge.http.redirect-port", https);
    if (store == null) {
      properties.put("certflux.store.type", "memory");
    } else {
      properties.put("certflux.store.path", store.toAbsolutePath().toString());
    }
    properties.put("certflux.domains", String.join(",", domains));
    if (directory == null) {
      properties.putAll(embedded(http, https));
    } else {
      properties.put("certflux.directory", directory.toString());
      if (trust != null) {
        properties.put("certflux.trust", trust.toUri().toString());
      }
    }
    SpringApplication site = new SpringApplication(Site.class);
    site.setDefaultProperties(properties);
    return site.run(springs.toArray(String[]::new));
  }

  private Map<String, Object> embedded(int http, int https) throws IOException {
    EmbeddedCa ca = EmbeddedCa.started(http, https, lifetime);
    // after the application, which takes its proofs away
    SpringApplication.getShutdownHandlers().add(ca::close);
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("certflux.directory", ca.directory().toString());
    properties.put("certflux.trust", ca.root().toUri().toString());
    properties.put("site.embedded-root", ca.root().toString());
    if (domains.isEmpty()) {
      // with the address, since not every system knows names below localhost
      properties.put("certflux.domains", OWN_NAME + ",127.0.0.1");
      properties.put("certflux.certificates.shop.domains", "shop.localhost");
      properties.put("certflux.certificates.api.domains", "api.localhost");
    }
    return properties;
  }

  void check() {
    require(httpPort >= 0 && httpPort < 65_536, "--http-port must be 0 to 65535");
    require(httpsPort >= 0 && httpsPort < 65_536, "--https-port must be 0 to 65535");
    URI url = directory;
    if (url == null) {
      require(trust == null, "--trust is for a --directory");
    } else {
      require(
          "https".equals(url.getScheme()) && url.getHost() != null,
          "--directory must be an https URL, not " + url);
      require(!domains.isEmpty(), "--directory needs a --domain");
      require(trust == null || Files.isReadable(trust), "--trust " + trust + " can't be read");
    }
    for (String argument : springs) {
      require(
          argument.matches("--[a-z][^=]*\\.[^=]*=.*"),
          "there is no option or argument " + argument);
    }
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new CommandLine.ParameterException(
          Objects.requireNonNull(command, "set by picocli").commandLine(), message);
    }
  }

  private static int free() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int wrongUsage(CommandLine.ParameterException error, String... args) {
    System.err.println("webflux-app: " + error.getMessage());
    System.err.println("examples/run webflux-app --help shows its options");
    return WRONG_USAGE;
  }

  /** Spring Boot has said why. */
  private static int failed(Exception error) {
    if (error instanceof IOException) {
      System.err.println("webflux-app: " + error);
    }
    return FAILED;
  }
}
