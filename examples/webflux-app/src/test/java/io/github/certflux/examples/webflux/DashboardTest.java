package io.github.certflux.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The dashboard in Chromium; passed over where there is none. */
class DashboardTest {
  private static final By RENEW = By.cssSelector("[aria-label='Renew now: shop.localhost']");

  @TempDir private static Path profile;
  private static Browser browser;

  @BeforeAll
  static void start() {
    browser = Browser.started(profile);
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
  }

  @AfterEach
  void theConsoleIsSilent() {
    assertThat(browser.console()).isEmpty();
  }

  private static WebElement id(String id) {
    return browser.driver().findElement(By.id(id));
  }

  private static String serial() {
    return browser
        .until("the card", page -> page.findElement(RENEW))
        .findElement(By.xpath("ancestor::li"))
        .findElement(By.cssSelector("[data-is=serial]"))
        .getText();
  }

  @Test
  void aCertificateIsRenewedAtAClick() {
    browser.openDashboard(1100, 1100, "light");
    String before = serial();

    browser.driver().findElement(RENEW).click();

    browser.until("a new serial number", page -> !serial().equals(before));
    browser.until(
        "an event", page -> id("events").getText().contains("shop.localhost: certificate renewed"));
    browser.until("the button", page -> !"true".equals(attribute(RENEW, "aria-disabled")));
  }

  private static String attribute(By element, String name) {
    return browser.driver().findElement(element).getDomAttribute(name);
  }

  @Test
  void aRolloverIsShownFromItsBeginningToTheEndOfItsWindow() {
    browser.openDashboard(1100, 1100, "light");

    id("roll-over").click();

    browser.until(
        "the end of the window",
        page -> id("rollover").getText().contains("the old one is destroyed"));
    assertThat(id("window").isDisplayed()).isFalse();
    assertThat(Integer.parseInt(id("operations").getText())).isPositive();
    assertThat(id("failed").getText()).isEqualTo("0");
    assertThat(id("delay").getText()).endsWith(" ms");
    assertThat(browser.driver().findElements(By.cssSelector("#chart .window[height='150']")))
        .as("seconds of the window in the chart")
        .isNotEmpty();
    assertThat(id("events").getText()).contains("Account key rolled over", "none failed");
    browser.writeScreenshot(Path.of("target", "screenshots", "dashboard.png"));
  }

  @Test
  void everythingIsReachedAndPressedByKeyboard() {
    browser.openDashboard(1100, 1100, "light");
    browser.until("all cards", page -> page.findElements(Browser.card("")).size() == 3);
    List<String> reached = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      new Actions(browser.driver()).sendKeys(Keys.TAB).perform();
      WebElement focused = browser.focused();
      reached.add(focused.getAccessibleName());
      assertThat(focused.getCssValue("outline-style"))
          .as("a focus that is seen")
          .isEqualTo("solid");
    }
    assertThat(reached)
        .containsExactly(
            "The site",
            "Pause",
            "Renew now: api.localhost",
            "Renew now: shop.localhost",
            "Renew now: www.localhost",
            "Roll the key over",
            "The chart as a table");

    new Actions(browser.driver()).sendKeys(Keys.ENTER).perform();

    browser.until("rows", page -> page.findElements(By.cssSelector("#seconds tr")).size() == 60);
  }

  @Test
  void whatMovesCanBePaused() {
    browser.openDashboard(1100, 1100, "light");
    WebElement pause = id("pause");

    pause.sendKeys(Keys.SPACE);

    assertThat(pause.getDomAttribute("aria-pressed")).isEqualTo("true");
    String shown = id("summary").getText();
    assertThat(browser.isSummaryReplaced(shown)).as("while it is paused").isFalse();
    pause.sendKeys(Keys.SPACE);
    assertThat(pause.getDomAttribute("aria-pressed")).isEqualTo("false");
    browser.until("the next second", page -> !id("summary").getText().equals(shown));
  }

  @ParameterizedTest
  @CsvSource({"1100, light", "1100, dark", "320, light", "320, dark"})
  void itFitsTheScreenAndHasNoBarriers(int width, String colours) {
    browser.openDashboard(width, 900, colours);
    id("as-table").findElement(By.tagName("summary")).click();
    browser.until("rows", page -> page.findElements(By.cssSelector("#seconds tr")).size() == 60);

    assertThat((Long) browser.script("return document.documentElement.scrollWidth"))
        .as("no horizontal scroll")
        .isLessThanOrEqualTo(width);
    assertThat((String) browser.script("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo(colours.equals("dark") ? "rgb(15, 21, 26)" : "rgb(244, 246, 247)");
    assertThat(browser.barriers()).isEmpty();
    browser.writeScreenshot(Path.of("target", "screenshots", width + "-" + colours + ".png"));
  }
}
