package io.github.certflux.examples;

import io.github.certflux.AcmeClient;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the profiles that can be ordered (draft-ietf-acme-profiles). */
@Command(
    name = "profiles",
    sortOptions = false,
    description = {"Lists the profiles that can be ordered, with what the CA says of each.", ""})
final class AcmeProfilesCommand implements Callable<Integer> {

  @Mixin private ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    var profiles = Session.result(server, AcmeClient::directory).meta().profiles();
    if (profiles.isEmpty()) {
      System.out.println("the CA offers no profiles");
    }
    Program.print(new TreeMap<>(profiles), server.json());
    return Program.DONE;
  }
}
