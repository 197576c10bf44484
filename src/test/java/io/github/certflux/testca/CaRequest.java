package io.github.certflux.testca;

import org.jspecify.annotations.Nullable;

/**
 * One HTTP request as a front end gets it.
 *
 * @param method GET, HEAD, POST or something else
 * @param base scheme and authority by which the client reached the CA: its URLs start with that
 * @param path the path
 * @param contentType of the body
 * @param body empty when there is none
 */
record CaRequest(
    String method, String base, String path, @Nullable String contentType, byte[] body) {

  boolean isPost() {
    return method.equals("POST");
  }

  String url() {
    return base + path;
  }
}
