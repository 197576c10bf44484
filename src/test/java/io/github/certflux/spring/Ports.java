package io.github.certflux.spring;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerInitializedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;

/** Where an application listens: known to the CA before the first order, and after a restart. */
final class Ports implements ApplicationListener<ReactiveWebServerInitializedEvent> {
  private final AtomicReference<WebServer> server = new AtomicReference<>();
  private final AtomicReference<ApplicationContext> context = new AtomicReference<>();

  @Override
  public void onApplicationEvent(ReactiveWebServerInitializedEvent event) {
    context.set(event.getApplicationContext());
    server.set(event.getWebServer());
  }

  InetSocketAddress https() {
    return here(Objects.requireNonNull(server.get()).getPort());
  }

  InetSocketAddress http() {
    return here(Objects.requireNonNull(context.get()).getBean(PlainHttpPort.class).port());
  }

  private static InetSocketAddress here(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
