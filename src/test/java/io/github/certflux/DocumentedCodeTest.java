package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The code in the documentation compiles, each block by itself. */
class DocumentedCodeTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  /** What a block takes for granted. */
  private static final String AROUND =
      """
      import io.github.certflux.*;
      import io.github.certflux.challenge.*;
      import io.github.certflux.dns.*;
      import io.github.certflux.manager.*;
      import io.github.certflux.protocol.*;
      import io.github.certflux.spring.*;
      import io.github.certflux.store.*;
      import io.github.certflux.testca.TestCa;
      import io.github.certflux.testca.Validation;
      import io.github.certflux.testca.spring.WithTestCa;
      import io.netty.handler.ssl.SslContext;
      import io.netty.handler.ssl.SslContextBuilder;
      import io.netty.util.AsyncMapping;
      import java.io.ByteArrayInputStream;
      import java.net.URI;
      import java.nio.charset.StandardCharsets;
      import java.nio.file.Files;
      import java.nio.file.Path;
      import java.security.KeyPair;
      import java.security.KeyStore;
      import java.time.*;
      import java.util.Optional;
      import java.util.random.RandomGenerator;
      import org.junit.jupiter.api.Test;
      import org.springframework.beans.factory.annotation.Autowired;
      import org.springframework.boot.test.context.SpringBootTest;
      import org.springframework.boot.test.web.server.LocalServerPort;
      import org.springframework.context.annotation.Bean;
      import org.springframework.context.annotation.Configuration;
      import org.springframework.context.event.EventListener;
      import org.springframework.stereotype.Component;
      import reactor.core.publisher.*;
      import reactor.core.scheduler.Schedulers;
      import reactor.netty.http.client.HttpClient;
      import reactor.netty.http.server.*;

      import static org.junit.jupiter.api.Assertions.assertEquals;

      abstract class Block%d {
        AcmeClient acme;
        AcmeAccount account;
        OrderRequest request;
        Certificate certificate;
        AcmeStore store;
        CertificateManager manager;
        SslContext sslContext;
        URI accountUrl;
        HttpServer server;
        HttpServerRoutes routes;
        KeyPair keyPair;
        javax.crypto.SecretKey aes256Key;
        javax.crypto.SecretKey newKey;
        javax.crypto.SecretKey oldKey;
        io.r2dbc.spi.ConnectionFactory connectionPool;
        AcmeStore postgres;
        KeyPair pairOfTheToken;
        Kms kms;
        RandomGenerator random;
        String kid;
        String macKey;
        String token;

        interface Kms {
          Mono<AccountSigner> find(String reference);

          Mono<Boolean> isCustomer(String name);
        }

        abstract void log(Object what);

        abstract Mono<Void> keep(Certificate issued);

        void block() throws Exception {
      %s
        }
      }
      """;

  @TempDir Path out;

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/api.md", "docs/stores.md", "docs/spring-boot.md"})
  void compiles(String document) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of("-proc:none", "-d", out.toString(), "-cp", System.getProperty("java.class.path"));
    List<String> blocks =
        BLOCK
            .matcher(Files.readString(Path.of(document)))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();

    assertThat(blocks).hasSizeGreaterThanOrEqualTo(2);
    List<JavaFileObject> sources =
        IntStream.range(0, blocks.size()).mapToObj(i -> source(i, blocks.get(i))).toList();
    StringWriter said = new StringWriter();
    assertThat(compiler.getTask(said, null, null, options, null, sources).call())
        .as(said::toString)
        .isTrue();
  }

  private static JavaFileObject source(int number, String block) {
    return new SimpleJavaFileObject(
        URI.create("string:///Block" + number + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return AROUND.formatted(number, block);
      }
    };
  }
}
