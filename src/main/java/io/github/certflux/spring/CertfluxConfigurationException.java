package io.github.certflux.spring;

/** A property that can't be used, with what to do about it; Spring Boot shows both at the start. */
final class CertfluxConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String action;

  /**
   * An error.
   *
   * @param message what is wrong, beginning with the property's name
   * @param action what to write instead
   */
  CertfluxConfigurationException(String message, String action) {
    super(message);
    this.action = action;
  }

  String action() {
    return action;
  }
}
