/**
 * Metrics as text, in the two formats that Prometheus reads: OpenMetrics 1.0 (openmetrics.io), and its own, 0.0.4, which
 * node_exporter's textfile collector and promtool take (prometheus.io/docs/instrumenting/exposition_formats).
 */
import { printable } from "../../printable.ts";
import type { Family, Sample } from "./families.ts";

export type Format = "openmetrics" | "prometheus";

/** For the header Content-Type, without which Prometheus 3 takes nothing. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};

/** What a sample's name has behind its family's. */
const SUFFIXES: Readonly<Record<Family["type"], string>> = { gauge: "", counter: "_total", info: "_info" };

export function exposition(families: readonly Family[], format: Format): string {
  const blocks = families.map((family) => [...head(family, format), ...samples(family)]);
  return [...blocks.flat(), ...format === "openmetrics" ? ["# EOF"] : []].map((line) => `${line}\n`).join("");
}

function head({ name, type, unit, help }: Family, format: Format): string[] {
  if (format === "openmetrics") {
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...unit === undefined ? [] : [`# UNIT ${name} ${unit}`],
    ];
  }
  const sampleName = name + SUFFIXES[type];
  return [`# HELP ${sampleName} ${help}`, `# TYPE ${sampleName} ${type === "info" ? "gauge" : type}`];
}

/** Each set of labels once: of a second one Prometheus would refuse the whole text. */
function samples({ name, type, samples }: Family): Iterable<string> {
  const lines = new Map<string, string>();
  for (const { labels, value } of samples) {
    const series = `${name}${SUFFIXES[type]}{${labelsText(labels)}}`;
    if (!lines.has(series)) lines.set(series, `${series} ${value}`);
  }
  return lines.values();
}

/** The texts come from containers and their images. */
function labelsText(labels: Sample["labels"]): string {
  return Object.entries(labels).map(([name, value]) => {
    const escaped = printable(value.toWellFormed()).replace(/[\\"]/g, "\\$&");
    return `${name}="${escaped}"`;
  }).join(",");
}
