package io.github.certflux.testca;

import java.util.List;

/** What a handler throws instead of an answer. Without a stack trace: it is ordinary. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient CaProblem problem;
  private final transient List<Header> headers;

  Refusal(CaProblem problem, Header... headers) {
    super(problem.type() + ": " + problem.detail(), null, false, false);
    this.problem = problem;
    this.headers = List.of(headers);
  }

  static Refusal of(int status, String type, String detail) {
    return new Refusal(CaProblem.of(status, type, detail));
  }

  static Refusal malformed(String detail) {
    return of(400, "malformed", detail);
  }

  /** The large CAs call what they don't find malformed too. */
  static Refusal notFound(String detail) {
    return of(404, "malformed", detail);
  }

  static Refusal unauthorized(String detail) {
    return of(403, "unauthorized", detail);
  }

  static Refusal serverInternal(String detail) {
    return of(500, "serverInternal", detail);
  }

  CaProblem problem() {
    return problem;
  }

  /** The same with words of context before its detail. */
  Refusal within(String context) {
    return new Refusal(problem.within(context), headers.toArray(Header[]::new));
  }

  Answer answer() {
    Answer answer = Answer.problem(problem);
    headers.forEach(h -> answer.header(h.name(), h.value()));
    return answer;
  }
}
