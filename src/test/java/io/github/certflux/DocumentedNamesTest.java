package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The documentation names what is there, and all that is there. */
class DocumentedNamesTest {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final int COLUMNS = 6;

  private final Map<String, Class<?>> library = classes(Path.of("src/main/java"));
  private final Map<String, Class<?>> tests = classes(Path.of("src/test/java"));

  /** Every type with a file of its own, by its name. */
  private static Map<String, Class<?>> classes(Path sources) {
    Map<String, Class<?>> classes = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        String path = sources.relativize(file).toString();
        String name = path.substring(0, path.length() - ".java".length()).replace('/', '.');
        if (!name.endsWith("package-info")) {
          classes.put(
              name.substring(name.lastIndexOf('.') + 1),
              Class.forName(name, false, DocumentedNamesTest.class.getClassLoader()));
        }
      }
    } catch (IOException | ClassNotFoundException e) {
      throw new AssertionError(e);
    }
    return classes;
  }

  @Test
  void eachRowOfTheProtocolNamesWhatDoesItAndTestsThatShowIt() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("docs/protocol.md")).stream()
            .filter(line -> line.startsWith("| "))
            .filter(line -> !line.startsWith("| section |") && !line.startsWith("| --- |"))
            .toList();

    assertThat(rows).hasSizeGreaterThan(40);
    for (String row : rows) {
      String[] cells = row.substring(1).split("\\|");
      assertThat(cells).as(row).hasSize(COLUMNS).noneMatch(String::isBlank);
      assertThat(names(cells[1], library, type -> true, method -> true)).as(row).isPositive();
      assertThat(names(cells[2], tests, DocumentedNamesTest::hasTests, DocumentedNamesTest::isTest))
          .as(row)
          .isPositive();
    }
  }

  private static boolean hasTests(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods()).anyMatch(DocumentedNamesTest::isTest);
  }

  private static boolean isTest(Method method) {
    return Arrays.stream(method.getAnnotations())
        .map(annotation -> annotation.annotationType().getSimpleName())
        .anyMatch(name -> name.matches("(Parameterized|Fuzz)?Test|TestFactory"));
  }

  /**
   * How many names there are in a cell, each of which must be there: of a type that fits ({@code
   * internal/Jws}, {@code Directory.Meta}), of its method ({@code AcmeOrder.authorize}), or of
   * another method of the same type ({@code withProfile}).
   */
  private static int names(
      String cell,
      Map<String, Class<?>> known,
      Predicate<Class<?>> typeFits,
      Predicate<Method> methodFits) {
    int names = 0;
    Class<?> type = null;
    for (Matcher code = CODE.matcher(cell); code.find(); names++) {
      String name = code.group(1).replaceFirst("^[a-z]+/", "").replaceFirst("\\(.*", "");
      String member = "";
      for (String part : name.split("\\.")) {
        if (part.isEmpty() || Character.isLowerCase(part.charAt(0))) {
          member = part;
        } else {
          type = name.startsWith(part) ? known.get(part) : nested(type, part);
        }
      }
      String wanted = member;
      assertThat(type).as("%s in %s", name, cell).isNotNull();
      if (wanted.isEmpty()) {
        assertThat(type).as(cell).matches(typeFits);
      } else {
        assertThat(type.getDeclaredMethods())
            .as("%s in %s", name, cell)
            .filteredOn(method -> method.getName().equals(wanted))
            .anyMatch(methodFits);
      }
    }
    return names;
  }

  private static @Nullable Class<?> nested(@Nullable Class<?> outer, String name) {
    return outer == null
        ? null
        : Arrays.stream(outer.getDeclaredClasses())
            .filter(each -> each.getSimpleName().equals(name))
            .findFirst()
            .orElse(null);
  }

  @Test
  void theOverviewOfTheApiNamesEveryPublicType() throws IOException {
    String overview = Files.readString(Path.of("docs/api.md"));

    assertThat(library.values())
        .filteredOn(type -> Modifier.isPublic(type.getModifiers()))
        .filteredOn(type -> !type.getPackageName().endsWith(".internal"))
        .hasSizeGreaterThan(50)
        .allSatisfy(
            type ->
                assertThat(overview)
                    .as(type.getName())
                    .containsPattern("\\b" + type.getSimpleName() + "\\b"));
  }
}
