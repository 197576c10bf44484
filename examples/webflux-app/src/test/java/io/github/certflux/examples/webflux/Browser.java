package io.github.certflux.examples.webflux;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Chromium without a window, in a profile of its own. Its driver is what {@code
 * -Dcertflux.chromedriver} names, or {@code chromedriver} on the path; {@code none} where there
 * shall be none.
 */
final class Browser implements AutoCloseable {
  private static final String DRIVER = "certflux.chromedriver";

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Passes the test over where there is no Chromium. */
  static Browser started(Path profile) {
    String named = System.getProperty(DRIVER);
    assumeFalse("none".equals(named), "Chromium can't be had here");
    Optional<Path> program = named == null ? onPath("chromedriver") : Optional.of(Path.of(named));
    assumeFalse(program.isEmpty(), "no chromedriver on the path, nor -D" + DRIVER);
    ChromeOptions options = new ChromeOptions();
    onPath("chromium").ifPresent(chromium -> options.setBinary(chromium.toFile()));
    options.setAcceptInsecureCerts(true); // its roots are the system's
    options.addArguments(
        "--headless=new",
        "--no-sandbox", // it runs as root, too
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--user-data-dir=" + profile);
    LoggingPreferences console = new LoggingPreferences();
    console.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", console);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(program.get().toFile())
            .usingAnyFreePort()
            .build();
    ChromeDriver driver = new ChromeDriver(service, options);
    driver.manage().timeouts().pageLoadTimeout(RunningSite.PATIENCE);
    driver.manage().timeouts().scriptTimeout(RunningSite.PATIENCE);
    return new Browser(driver);
  }

  private static Optional<Path> onPath(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  WebDriver driver() {
    return driver;
  }

  /** Opens the dashboard on a screen of this size, and waits for the first certificate. */
  void openDashboard(int width, int height, String colours) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", colours),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    driver.get(RunningSite.https("/dashboard").toString());
    until("a certificate", page -> !page.findElements(card("")).isEmpty());
  }

  static By card(String inside) {
    return By.cssSelector("#certificates .card " + inside);
  }

  <T> T until(String what, Function<WebDriver, T> condition) {
    return new WebDriverWait(driver, RunningSite.PATIENCE, Duration.ofMillis(100))
        .withMessage(what)
        .ignoring(StaleElementReferenceException.class)
        .until(condition);
  }

  Object script(String script) {
    return Objects.requireNonNull(driver.executeScript(script), "no result");
  }

  /** Whether another summary is shown by the time that four more pictures have come. */
  boolean isSummaryReplaced(String shown) {
    return (Boolean)
        Objects.requireNonNull(
            driver.executeAsyncScript(
                "const [shown, done] = arguments; let pictures = 0;"
                    + "const stream = new EventSource('/dashboard/pictures');"
                    + "stream.addEventListener('picture', () => { if (++pictures === 4) {"
                    + " stream.close();"
                    + " done(document.getElementById('summary').textContent !== shown); } });",
                shown));
  }

  WebElement focused() {
    return driver.switchTo().activeElement();
  }

  /** What axe-core objects to of WCAG 2.2, level AA. */
  List<String> barriers() {
    script(axe() + "; return 'loaded'");
    return ((List<?>)
            Objects.requireNonNull(
                driver.executeAsyncScript(
                    "const done = arguments[arguments.length - 1];"
                        + "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
                        + " 'best-practice']}).then(found => done(found.violations.map(each =>"
                        + " each.id + ': ' + each.nodes.map(node => node.html + ' ' +"
                        + " node.failureSummary).join('; '))), error => done([String(error)]))")))
        .stream().map(Object::toString).toList();
  }

  private static String axe() {
    try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
      return new String(
          Objects.requireNonNull(script, "axe.min.js").readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the console has been told since the last call. */
  List<String> console() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::toString)
        .toList();
  }

  void writeScreenshot(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    driver.quit();
  }
}
