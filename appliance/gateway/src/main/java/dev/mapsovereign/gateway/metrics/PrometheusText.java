package dev.mapsovereign.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Writes a meter registry in Prometheus' text format 0.0.4. The library that usually does it weighs
 * two megabytes; the format is a page.
 *
 * <p>Meters carry their Prometheus names already; a character that the format does not allow
 * becomes an underscore. Meters of one name stand together under one {@code TYPE} line, in order of
 * name, so that two scrapes can be compared. Timers are in seconds; those with bounds are
 * histograms, the others summaries without quantiles. Any thread.
 */
public final class PrometheusText {
    /** The media type that belongs to the text. */
    public static final String MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final MeterRegistry registry;

    /** Writes what that registry holds at the time of each {@link #write}. */
    public PrometheusText(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * A registry to be written by this class: without the gauge that micrometer else keeps beside
     * each bound of each histogram.
     */
    public static MeterRegistry registry() {
        MeterRegistry registry = new SimpleMeterRegistry();
        registry.config().meterFilter(MeterFilter.deny(id -> id.syntheticAssociation() != null));
        return registry;
    }

    /** One name's lines, by series. */
    private static final class Family {
        private final String type;
        private final String help;
        private final Map<String, List<String>> series = new TreeMap<>();

        Family(String type, String help) {
            this.type = type;
            this.help = help;
        }
    }

    /** The whole text. */
    public String write() {
        Map<String, Family> families = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            if (meter.getId().syntheticAssociation() == null) {
                add(families, meter);
            }
        }
        StringBuilder text = new StringBuilder(16 * 1024);
        families.forEach((name, family) -> {
            if (!family.help.isEmpty()) {
                text.append("# HELP ").append(name).append(' ');
                text.append(family.help.replace("\\", "\\\\").replace("\n", "\\n"));
                text.append('\n');
            }
            text.append("# TYPE ").append(name).append(' ').append(family.type);
            text.append('\n');
            family.series.values().forEach(lines -> lines.forEach(text::append));
        });
        return text.toString();
    }

    private static void add(Map<String, Family> families, Meter meter) {
        switch (meter) {
            case Counter counter -> counter(families, counter, Counter::count);
            case FunctionCounter counter -> counter(families, counter, FunctionCounter::count);
            case Gauge gauge -> line(families, "gauge", name(gauge), "", gauge, gauge.value(), "");
            case Timer timer -> {
                HistogramSnapshot snapshot = timer.takeSnapshot();
                distribution(
                        families,
                        timer,
                        snapshot,
                        timer.count(),
                        timer.totalTime(TimeUnit.SECONDS),
                        bucket -> bucket.bucket(TimeUnit.SECONDS));
            }
            case DistributionSummary summary -> {
                HistogramSnapshot snapshot = summary.takeSnapshot();
                distribution(
                        families,
                        summary,
                        snapshot,
                        summary.count(),
                        summary.totalAmount(),
                        CountAtBucket::bucket);
            }
            case FunctionTimer timer -> {
                String name = name(timer);
                line(families, "summary", name, "_count", timer, timer.count(), "");
                line(
                        families,
                        "summary",
                        name,
                        "_sum",
                        timer,
                        timer.totalTime(TimeUnit.SECONDS),
                        "");
            }
            case LongTaskTimer timer ->
                    line(families, "gauge", name(timer), "", timer, timer.activeTasks(), "");
            default ->
                    meter.measure()
                            .forEach(measurement ->
                                    line(
                                            families,
                                            "untyped",
                                            name(meter)
                                                    + "_"
                                                    + measurement
                                                            .getStatistic()
                                                            .getTagValueRepresentation(),
                                            "",
                                            meter,
                                            measurement.getValue(),
                                            ""));
        }
    }

    private static <M extends Meter> void counter(
            Map<String, Family> families, M meter, ToDoubleFunction<M> count) {
        String name = name(meter);
        line(
                families,
                "counter",
                name.endsWith("_total") ? name : name + "_total",
                "",
                meter,
                count.applyAsDouble(meter),
                "");
    }

    private static void distribution(
            Map<String, Family> families,
            Meter meter,
            HistogramSnapshot snapshot,
            long count,
            double sum,
            ToDoubleFunction<CountAtBucket> bound) {
        String name = name(meter);
        CountAtBucket[] buckets = snapshot.histogramCounts();
        String type = buckets.length == 0 ? "summary" : "histogram";
        // Counted at slightly different moments: the total must not be below its largest part.
        double total = count;
        for (CountAtBucket bucket : buckets) {
            total = Math.max(total, bucket.count());
            if (!Double.isInfinite(bucket.bucket())) {
                line(
                        families,
                        type,
                        name,
                        "_bucket",
                        meter,
                        bucket.count(),
                        number(bound.applyAsDouble(bucket)));
            }
        }
        if (buckets.length > 0) {
            line(families, type, name, "_bucket", meter, total, "+Inf");
        }
        line(families, type, name, "_sum", meter, sum, "");
        line(families, type, name, "_count", meter, total, "");
    }

    private static void line(
            Map<String, Family> families,
            String type,
            String name,
            String suffix,
            Meter meter,
            double value,
            String bound) {
        Family family =
                families.computeIfAbsent(
                        name,
                        absent -> {
                            String help = meter.getId().getDescription();
                            return new Family(type, help == null ? "" : help);
                        });
        StringBuilder labels = new StringBuilder(96);
        for (Tag tag : meter.getId().getTags()) {
            labels.append(allowed(tag.getKey(), false)).append("=\"");
            labels.append(escaped(tag.getValue())).append("\",");
        }
        List<String> lines =
                family.series.computeIfAbsent(labels.toString(), absent -> new ArrayList<>());
        if (!bound.isEmpty()) {
            labels.append("le=\"").append(bound).append("\",");
        }
        StringBuilder text = new StringBuilder(128).append(name).append(suffix);
        if (!labels.isEmpty()) {
            text.append('{').append(labels, 0, labels.length() - 1).append('}');
        }
        lines.add(text.append(' ').append(number(value)).append('\n').toString());
    }

    private static String name(Meter meter) {
        return allowed(meter.getId().getName(), true);
    }

    private static String allowed(String text, boolean colon) {
        StringBuilder allowed = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            boolean good =
                    (character >= 'a' && character <= 'z')
                            || (character >= 'A' && character <= 'Z')
                            || (character >= '0' && character <= '9' && at > 0)
                            || character == '_'
                            || (colon && character == ':');
            allowed.append(good ? character : '_');
        }
        return allowed.toString();
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        long whole = (long) value;
        return whole == value && Math.abs(whole) < 1L << 53
                ? Long.toString(whole)
                : new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
    }
}
