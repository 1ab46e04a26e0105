// deno-lint-ignore-file camelcase -- the keys are those of status.json
/** A real Prometheus collects from the real page: what arrives is right, and what the pages tell of it works. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readPages } from "../support/pages.ts";
import { PageBed } from "../support/page_bed.ts";
import { up } from "../support/played_service.ts";
import { checkFile, startPrometheus } from "../support/prometheus.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

interface Target {
  readonly expr: string;
}

Deno.test("the pages' files for Prometheus are such as it takes", async () => {
  const blocks = (await readPages()).flatMap(({ blocks }) => blocks).filter(({ kind }) =>
    kind === "prometheus"
  );
  ok(blocks.length >= 2);
  for (const { text } of blocks) {
    equal(await checkFile(text.startsWith("groups:") ? "rules" : "config", text), "", text);
  }
});

Deno.test("Prometheus has what the page tells, the rates too; each panel of the dashboard shows something", async (t) => {
  const check = { name: "http /", kind: "check_http", ok: true, history: [40], runs: 1, failures: 0 };
  const certificate = { certificate_expires_at: "2099-01-01T00:00:00.000Z" };
  const counters = (lines: number) => ({
    log_lines: lines,
    log_bytes: lines * 10,
    restarts: 0,
    alerts_failed: 0,
  });
  const update = {
    state: "available",
    request: null,
    from: null,
    to: null,
    seen_at: null,
    at: "2026-01-02T00:00:00Z",
    why: null,
  } as const;
  const web = (lines: number) =>
    up("web", { checks: [{ ...check, ...certificate, runs: lines }], counters: counters(lines), update });
  await using bed = await PageBed.start({ services: [web(0)] });
  await using prometheus = await startPrometheus({ target: `${bed.url}/metrics` });
  equal((await prometheus.target()).lastError, "");
  equal((await prometheus.query("up"))[0]?.value, 1);

  const endsAtMs = Date.now() + 12_000;
  let lines = 0;
  while (Date.now() < endsAtMs) {
    await bed.play(web(lines += 10));
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  await t.step("a rate of ten lines a second", async () => {
    const [rate] = await prometheus.query('rate(service_runner_log_lines_total{service="web"}[10s])');
    ok(rate !== undefined && rate.value > 7 && rate.value < 13, `${rate?.value} lines a second`);
    const [bytes] = await prometheus.query('rate(service_runner_log_bytes_total{service="web"}[10s])');
    ok(bytes !== undefined && Math.abs(bytes.value / rate.value - 10) < 1, `${bytes?.value} bytes a second`);
  });
  await t.step("each panel", async () => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", MAIN, "dashboard", "prometheus"],
    }).output();
    const { panels } = JSON.parse(new TextDecoder().decode(stdout));
    const queries: string[] = panels.flatMap(({ targets }: { targets: Target[] }) =>
      targets.map(({ expr }) => expr)
    );
    ok(queries.length >= 10);
    const empty: string[] = [];
    for (const query of queries) {
      const asked = query.replaceAll("$service", "web").replaceAll("$__rate_interval", "10s");
      if ((await prometheus.query(asked)).length === 0) empty.push(asked);
    }
    deepEqual(empty, []);
  });
});
