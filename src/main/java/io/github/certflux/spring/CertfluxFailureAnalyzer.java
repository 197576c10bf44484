package io.github.certflux.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows a wrong property as what it is, and how to put it right. */
final class CertfluxFailureAnalyzer
    extends AbstractFailureAnalyzer<CertfluxConfigurationException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, CertfluxConfigurationException cause) {
    return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.action(), cause);
  }
}
