package io.github.certflux.examples;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One operation of ACME: examples/run acme COMMAND */
@Command(
    name = "acme",
    description = {
      "Does one operation of ACME with the account in --store, which order creates where there is"
          + " none.",
      ""
    },
    subcommands = {
      AcmeDirectoryCommand.class,
      AcmeProfilesCommand.class,
      AcmeAccountCommand.class,
      AcmeOrderCommand.class,
      AcmeCertificateCommand.class,
      AcmeRenewalInfoCommand.class,
      AcmeRevokeCommand.class
    })
final class Acme implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  public static void main(String... args) {
    Program.run(new Acme(), args);
  }

  @Override
  public Integer call() {
    Program.require(command, false, "which command?");
    return Program.DONE;
  }
}
