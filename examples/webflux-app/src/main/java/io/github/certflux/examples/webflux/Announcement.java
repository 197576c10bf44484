package io.github.certflux.examples.webflux;

import java.util.List;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;

/** Says where everything is, once the server listens. */
final class Announcement implements ApplicationListener<ApplicationReadyEvent> {

  @Override
  public void onApplicationEvent(ApplicationReadyEvent event) {
    Environment environment = event.getApplicationContext().getEnvironment();
    List<String> names =
        Binder.get(environment).bindOrCreate("certflux.domains", Bindable.listOf(String.class));
    String https = "https://" + names.get(0) + ":" + environment.getProperty("local.server.port");
    String http =
        "http://" + names.get(0) + ":" + environment.getProperty("certflux.challenge.http.port");
    System.out.println("site       " + https + "/");
    System.out.println("plain      " + http + "/");
    System.out.println("dashboard  " + https + "/dashboard");
    System.out.println("directory  " + environment.getProperty("certflux.directory"));
    String root = environment.getProperty("site.embedded-root");
    if (root != null) {
      System.out.println("root       " + root);
    }
  }
}
