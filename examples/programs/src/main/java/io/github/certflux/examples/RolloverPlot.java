package io.github.certflux.examples;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import io.github.certflux.examples.RolloverTraffic.Operation;
import io.github.certflux.protocol.RolloverPolicy;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.AbstractXYAnnotation;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.plot.IntervalMarker;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.Layer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import reactor.core.publisher.Mono;

/** Draws each operation's time over when it began, a panel for each policy. */
final class RolloverPlot {
  private static final int WIDTH = 960;
  private static final int PANEL = 260;
  private static final int REST = 110;
  private static final double SECOND = 1e9;
  private static final double LEAST_MS = 0.1;

  private static final Color ONCE = new Color(0x2F6DB5);
  private static final Color AGAIN = new Color(0xD9730D);
  private static final Color FAILED = new Color(0xC00000);
  private static final Color WINDOW = new Color(0xFFF1C9);
  private static final Color ROLLOVER = new Color(0x8A6D00);
  private static final Color GRID = new Color(0xDDDDDD);

  private RolloverPlot() {}

  /** Writes the file. */
  static Mono<Path> write(Map<RolloverPolicy, RolloverTraffic> measured, Path file) {
    return Program.blocking(
            () -> {
              System.setProperty("java.awt.headless", "true");
              VectorGraphics2D graphics = new VectorGraphics2D();
              int height = PANEL * measured.size() + REST;
              chart(measured).draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height));
              try (OutputStream out = Files.newOutputStream(file)) {
                new SVGProcessor()
                    .getDocument(graphics.getCommands(), new PageSize(WIDTH, height))
                    .writeTo(out);
              }
              return file;
            })
        .onErrorMap(
            IOException.class,
            e -> new Program.Failure("--plot " + file + " can't be written: " + e, e));
  }

  private static JFreeChart chart(Map<RolloverPolicy, RolloverTraffic> measured) {
    NumberAxis seconds = new NumberAxis("seconds");
    seconds.setLabelFont(font(12));
    seconds.setTickLabelFont(font(11));
    CombinedDomainXYPlot panels = new CombinedDomainXYPlot(seconds);
    panels.setGap(14);
    double mostMs = mostMs(measured);
    measured.forEach((policy, traffic) -> panels.add(panel(policy, traffic, mostMs)));
    JFreeChart chart = new JFreeChart(null, font(12), panels, false);
    chart.setBackgroundPaint(Color.WHITE);
    chart.addSubtitle(
        title("Each operation under way while the account key is rolled over", Font.BOLD, 15));
    chart.addSubtitle(
        title(
            "blue: done by its first request; orange: refused and signed again; red: failed;"
                + " line: a key-change was answered; shaded: the 5 s after it",
            Font.PLAIN,
            11));
    return chart;
  }

  private static XYPlot panel(RolloverPolicy policy, RolloverTraffic traffic, double mostMs) {
    LogAxis ms = new LogAxis(words(policy));
    ms.setBase(10);
    ms.setTickUnit(new NumberTickUnit(1));
    ms.setNumberFormatOverride(
        new DecimalFormat("#,##0.# ms", DecimalFormatSymbols.getInstance(Locale.ROOT)));
    ms.setLabelFont(font(12));
    ms.setTickLabelFont(font(11));
    ms.setMinorTickMarksVisible(false);
    ms.setAutoRange(false);
    ms.setRange(LEAST_MS, mostMs);
    List<Operation> all = traffic.operations();
    XYPlot plot =
        new XYPlot(
            new XYSeriesCollection(bounds(all)),
            null,
            ms,
            new XYLineAndShapeRenderer(false, false));
    plot.setBackgroundPaint(Color.WHITE);
    plot.setRangeGridlinePaint(GRID);
    plot.setRangeGridlineStroke(new BasicStroke(0.5f));
    plot.setDomainGridlinesVisible(false);
    for (long answer : traffic.keyChanges()) {
      double from = answer / SECOND;
      plot.addDomainMarker(
          new IntervalMarker(from, from + RolloverTraffic.INSIDE.toSeconds(), WINDOW),
          Layer.BACKGROUND);
      plot.addDomainMarker(new ValueMarker(from, ROLLOVER, new BasicStroke(1)), Layer.BACKGROUND);
    }
    plot.addAnnotation(new Dots(all, each -> each.refused() == 0 && !each.failed(), ONCE));
    plot.addAnnotation(new Dots(all, each -> each.refused() > 0 && !each.failed(), AGAIN));
    plot.addAnnotation(new Dots(all, Operation::failed, FAILED));
    return plot;
  }

  private static String words(RolloverPolicy policy) {
    return policy == RolloverPolicy.BOTH_KEYS ? "new and old key" : "new key alone";
  }

  /** The next power of ten: all panels have the same scale. */
  private static double mostMs(Map<RolloverPolicy, RolloverTraffic> measured) {
    double slowest =
        measured.values().stream()
            .flatMap(traffic -> traffic.operations().stream())
            .mapToDouble(Operation::ms)
            .max()
            .orElse(1);
    return Math.pow(10, Math.max(1, Math.ceil(Math.log10(slowest))));
  }

  /** How much time the axis has to show. */
  private static XYSeries bounds(List<Operation> all) {
    XYSeries bounds = new XYSeries("operations");
    bounds.add(0, 1);
    bounds.add(all.stream().mapToLong(Operation::startNanos).max().orElse(1) / SECOND, 1);
    return bounds;
  }

  private static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  private static TextTitle title(String text, int style, int size) {
    return new TextTitle(text, new Font(Font.SANS_SERIF, style, size));
  }

  /**
   * Many dots as one path, each place drawn once and what is in one column joined: a file with an
   * element for each dot would be huge.
   */
  private static final class Dots extends AbstractXYAnnotation {
    private static final long serialVersionUID = 1L;
    private static final double SIZE = 2;

    private final double[][] dots;
    private final Color color;

    Dots(List<Operation> all, Predicate<Operation> which, Color color) {
      this.dots =
          all.stream()
              .filter(which)
              .map(each -> new double[] {each.startNanos() / SECOND, each.ms()})
              .toArray(double[][]::new);
      this.color = color;
    }

    @Override
    public void draw(
        Graphics2D graphics,
        XYPlot plot,
        Rectangle2D area,
        ValueAxis seconds,
        ValueAxis ms,
        int renderer,
        PlotRenderingInfo info) {
      Map<Long, BitSet> columns = new TreeMap<>();
      for (double[] dot : dots) {
        double x = seconds.valueToJava2D(dot[0], area, plot.getDomainAxisEdge());
        double y = ms.valueToJava2D(Math.max(LEAST_MS, dot[1]), area, plot.getRangeAxisEdge());
        columns
            .computeIfAbsent(Math.round(x / SIZE), column -> new BitSet())
            .set((int) Math.round(y / SIZE));
      }
      Path2D path = new Path2D.Double();
      columns.forEach(
          (column, places) -> {
            int from = places.nextSetBit(0);
            while (from >= 0) {
              int to = places.nextClearBit(from);
              path.moveTo(column * SIZE, from * SIZE);
              path.lineTo(column * SIZE, to * SIZE);
              from = places.nextSetBit(to);
            }
          });
      graphics.setPaint(color);
      graphics.setStroke(
          new BasicStroke((float) SIZE, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
      graphics.draw(path);
    }
  }
}
