package io.github.certflux.contract;

import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/** Says at the end of a test run which servers the contract suite ran against. */
public final class ContractReport implements TestExecutionListener {

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    Servers.report().forEach(System.out::println);
  }
}
