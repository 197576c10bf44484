package io.github.certflux.examples;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a bulk issuance came to.
 *
 * @param n how many certificates were asked for, within the time if there was one
 * @param inFlight how many orders were under way at a time
 * @param failed how many were not issued
 * @param seconds from the first order to the last certificate
 * @param p50 the median of an order's seconds, from newOrder to its certificate
 * @param p95 their 95th percentile
 * @param cpuMs the process's CPU time, in milliseconds
 * @param requests how many requests were sent, nonces included
 * @param peakRssMb the process's largest memory; 0 where the system does not tell
 * @param threads the most Java threads at a time
 * @param heapMb the heap that is used after a collection at the end
 */
record BulkFigures(
    int n,
    int inFlight,
    int failed,
    double seconds,
    double p50,
    double p95,
    double cpuMs,
    long requests,
    long peakRssMb,
    int threads,
    long heapMb) {

  double ordersPerSecond() {
    return n / seconds;
  }

  double cpuMsPerOrder() {
    return cpuMs / n;
  }

  double requestsPerOrder() {
    return (double) requests / n;
  }

  /** The keys that every client's bench prints. */
  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("client", "certflux (JDK " + Runtime.version().feature() + ")");
    json.put("n", n);
    json.put("inFlight", inFlight);
    json.put("failed", failed);
    json.put("seconds", rounded(seconds));
    json.put("ordersPerSecond", rounded(ordersPerSecond()));
    json.put("p50", rounded(p50));
    json.put("p95", rounded(p95));
    json.put("cpuMsPerOrder", rounded(cpuMsPerOrder()));
    json.put("requestsPerOrder", rounded(requestsPerOrder()));
    json.put("peakRssMb", peakRssMb);
    json.put("threads", threads);
    json.put("heapMb", heapMb);
    return json;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
