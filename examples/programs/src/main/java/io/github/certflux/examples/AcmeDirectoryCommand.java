package io.github.certflux.examples;

import io.github.certflux.AcmeClient;
import io.github.certflux.protocol.Directory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what the CA offers (RFC 8555 §7.1.1). */
@Command(
    name = "directory",
    sortOptions = false,
    description = {"Shows what the CA offers.", ""})
final class AcmeDirectoryCommand implements Callable<Integer> {

  @Mixin private ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    Directory directory = Session.result(server, AcmeClient::directory);
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("newNonce", directory.newNonce());
    shown.put("newAccount", directory.newAccount());
    shown.put("newOrder", directory.newOrder());
    directory.newAuthz().ifPresent(url -> shown.put("newAuthz", url));
    shown.put("revokeCert", directory.revokeCert());
    shown.put("keyChange", directory.keyChange());
    directory.renewalInfo().ifPresent(url -> shown.put("renewalInfo", url));
    directory.meta().termsOfService().ifPresent(url -> shown.put("termsOfService", url));
    directory.meta().website().ifPresent(url -> shown.put("website", url));
    shown.put("caaIdentities", directory.meta().caaIdentities());
    shown.put("externalAccountRequired", directory.meta().externalAccountRequired());
    shown.put("profiles", new TreeMap<>(directory.meta().profiles()));
    Program.print(shown, server.json());
    return Program.DONE;
  }
}
