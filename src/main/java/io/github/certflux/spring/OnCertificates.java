package io.github.certflux.spring;

import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether there is anything to do: names, and {@code certflux.enabled} not false. An empty list of
 * names counts: it is a mistake, of which nothing else would tell.
 */
final class OnCertificates extends SpringBootCondition {

  @Override
  public ConditionOutcome getMatchOutcome(
      ConditionContext context, AnnotatedTypeMetadata metadata) {
    Binder binder = Binder.get(context.getEnvironment());
    boolean enabled = binder.bind("certflux.enabled", Boolean.class).orElse(true);
    boolean domains =
        binder.bind("certflux.domains", Bindable.listOf(String.class)).isBound()
            || !binder
                .bind("certflux.certificates", Bindable.mapOf(String.class, Object.class))
                .orElse(Map.of())
                .isEmpty();
    ConditionMessage.Builder message = ConditionMessage.forCondition("Certflux");
    return new ConditionOutcome(
        enabled && domains,
        enabled ? message.because("certflux.domains") : message.because("certflux.enabled"));
  }
}
