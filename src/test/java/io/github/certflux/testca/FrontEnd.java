package io.github.certflux.testca;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One web front end: routes requests, with a cache of accounts of its own. */
final class FrontEnd {
  private static final Logger LOG = LoggerFactory.getLogger(FrontEnd.class);

  private final Core core;
  private final int index;
  private final AccountCache cache;
  private final JwsVerifier verifier;
  private final AccountHandler accounts;
  private final KeyChangeHandler keyChange;
  private final OrderHandler orders;
  private final FinalizeHandler finalization;
  private final AuthorizationHandler authorizations;
  private final CertificateHandler certificates;
  private final RevocationHandler revocation;
  private final RenewalInfo renewalInfo;

  FrontEnd(Core core, int index) {
    this.core = core;
    this.index = index;
    this.cache = new AccountCache(core.accounts, core.clock, core.settings.cacheTtl());
    this.verifier = new JwsVerifier(core, cache);
    this.accounts = new AccountHandler(core);
    this.keyChange = new KeyChangeHandler(core, verifier, accounts);
    this.orders = new OrderHandler(core);
    this.finalization = new FinalizeHandler(core, orders);
    this.authorizations = new AuthorizationHandler(core, orders);
    this.certificates = new CertificateHandler(core);
    this.revocation = new RevocationHandler(core);
    this.renewalInfo = new RenewalInfo(core);
  }

  /** Forgets what it knows of accounts, as a restart does. */
  void restart() {
    cache.clear();
  }

  /** Answers a request, whatever is wrong with it. */
  Answer answer(Call call) {
    Answer answer;
    try {
      answer = route(call);
    } catch (Refusal refusal) {
      answer = refusal.answer();
    } catch (RuntimeException e) {
      LOG.warn("test CA failed at {} {}", call.request.method(), call.request.path(), e);
      answer = Refusal.serverInternal("The test CA failed: " + e).answer();
    }
    return dressed(call, answer);
  }

  /** With a fresh nonce and the headers of every answer. */
  Answer dressed(Call call, Answer answer) {
    if (call.request.isPost() || call.route.endpoint() == Endpoint.NEW_NONCE) {
      answer.header(Answer.NONCE, core.nonces(index).fresh());
    }
    if (call.route.endpoint() != Endpoint.DIRECTORY) {
      answer.link(call.url(Route.DIRECTORY), "index");
    }
    return answer
        .header("Cache-Control", "public, max-age=0, no-cache")
        .header("Date", RetryAfter.httpDate(core.clock.now()))
        .header("X-Front", Integer.toString(index));
  }

  private Answer route(Call call) {
    Endpoint endpoint = call.route.endpoint();
    String method = call.request.method();
    switch (endpoint) {
      case DIRECTORY -> {
        allow(method, "GET");
        return Answer.json(200, DirectoryDocument.of(core, call));
      }
      case NEW_NONCE -> {
        if (method.equals("HEAD")) {
          return Answer.empty(200);
        }
        allow(method, "GET");
        return Answer.empty(204);
      }
      case RENEWAL_INFO -> {
        allow(method, "GET");
        return renewalInfo.read(call);
      }
      case UNKNOWN -> throw Refusal.notFound("Page not found");
      default -> {
        allow(method, "POST");
        return post(call, endpoint);
      }
    }
  }

  private Answer post(Call call, Endpoint endpoint) {
    if (endpoint == Endpoint.NEW_ACCOUNT) {
      return accounts.create(call, verifier.byKey(call));
    }
    if (endpoint == Endpoint.REVOKE_CERT) {
      return revocation.revoke(call, verifier.byEither(call, RevocationHandler.CONTEXT));
    }
    SignedRequest signed = verifier.byAccount(call);
    accounts.requireAgreement(call, signed);
    return switch (endpoint) {
      case ACCOUNT -> accounts.account(call, signed);
      case KEY_CHANGE -> keyChange.change(call, signed);
      case NEW_ORDER -> orders.create(call, signed);
      case ORDERS -> orders.list(call, signed);
      case ORDER -> orders.read(call, signed);
      case FINALIZE -> finalization.finalizeOrder(call, signed);
      case NEW_AUTHORIZATION -> authorizations.create(call, signed);
      case AUTHORIZATION -> authorizations.authorization(call, signed);
      case CHALLENGE -> authorizations.challenge(call, signed);
      case CERTIFICATE -> certificates.download(call, signed);
      default -> throw new IllegalStateException(endpoint.name());
    };
  }

  private static void allow(String method, String allowed) {
    if (!method.equals(allowed)) {
      throw new Refusal(
          CaProblem.of(405, "malformed", "Method not allowed"), new Header("Allow", allowed));
    }
  }
}
