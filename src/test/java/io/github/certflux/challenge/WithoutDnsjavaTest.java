package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.TxtRecord;
import io.github.certflux.protocol.Identifier;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Who writes records by a company's API needs no dnsjava. */
class WithoutDnsjavaTest {

  @Test
  void aNameIsProvedWithoutDnsjava() throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(new File(entry).toURI().toURL());
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader without =
        new URLClassLoader(path.toArray(URL[]::new), platform) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("org.xbill.")) {
              throw new ClassNotFoundException(name);
            }
            return super.findClass(name);
          }
        }) {
      Object program =
          without.loadClass(Program.class.getName()).getDeclaredConstructor().newInstance();

      assertThat(((Supplier<?>) program).get())
          .isEqualTo(
              List.of(
                  "dnsjava false",
                  "add _acme-challenge.example.org",
                  "remove _acme-challenge.example.org"));
    }
  }

  /** Run by a class loader that has no dnsjava. */
  public static final class Program implements Supplier<List<String>>, DnsProvider {
    private final List<String> log = new ArrayList<>();

    @Override
    public List<String> get() {
      log.add("dnsjava " + DnsLookup.isAvailable());
      Dns01Solver solver = Dns01Solver.of(this);
      SolverRequest request =
          new SolverRequest(
              Identifier.dns("example.org"),
              false,
              "token",
              "token.key",
              URI.create("https://ca/1"));
      solver.present(request).block();
      solver.ready(request).block();
      solver.cleanUp(request).block();
      return log;
    }

    @Override
    public String name() {
      return "log";
    }

    @Override
    public Mono<Void> add(TxtRecord record) {
      return Mono.fromRunnable(() -> log.add("add " + record.name()));
    }

    @Override
    public Mono<Void> remove(TxtRecord record) {
      return Mono.fromRunnable(() -> log.add("remove " + record.name()));
    }
  }
}
