/** What the tests of metrics rely on: what is good arrives, and what is not is told. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { checkMetrics, startPrometheus } from "./prometheus.ts";
import { RecordingServer } from "./recording_server.ts";

const METRICS = `# HELP lines_total Lines so far.
# TYPE lines_total counter
lines_total{service="web"} 3
lines_total{service="shop \\"a\\""} 4
# HELP limit_seconds The longest.
# TYPE limit_seconds gauge
limit_seconds +Inf
`;

Deno.test("promtool has nothing to say of good metrics, and something of others", async () => {
  deepEqual(await checkMetrics(METRICS), []);
  deepEqual(await checkMetrics("lines 3\n"), ["lines no help text"]);
  const [complaint] = await checkMetrics("lines{service=web} 3\n");
  match(complaint ?? "", /text format parsing error in line 1: expected '"'/);
  const doubled = `${METRICS}lines_total{service="web"} 5\n`;
  deepEqual(await checkMetrics(doubled), ['lines_total{service="web"} comes twice']);
});

/** Only who sends this header gets the metrics. */
function exporter(authorization: string) {
  const server = new RecordingServer();
  const answer = (metrics: string) => {
    server.respond = ({ headers }) =>
      headers.get("Authorization") === authorization
        ? new Response(metrics)
        : new Response("", { status: 401 });
  };
  answer(METRICS);
  return { server, answer, target: `${server.url}/metrics`, [Symbol.asyncDispose]: () => server.stop() };
}

Deno.test("Prometheus collects metrics again and again, by a token, and answers queries", async () => {
  await using exported = exporter("Bearer secret");
  await using prometheus = await startPrometheus({ target: exported.target, bearer: "secret" });
  equal(exported.server.requests[0]?.path, "/metrics");
  deepEqual(await prometheus.query("sort(sum by (service) (lines_total))"), [
    { labels: { service: "web" }, value: 3 },
    { labels: { service: 'shop "a"' }, value: 4 },
  ]);
  deepEqual((await prometheus.query("limit_seconds")).map(({ value }) => value), [Infinity]);
  deepEqual(await prometheus.query("scalar(sum(lines_total))"), [{ labels: {}, value: 7 }]);
  await rejects(prometheus.query("sum("), /Cannot query "sum\(": .*parse error/);
  exported.answer(METRICS.replace("} 3", "} 5"));
  await prometheus.until('lines_total{service="web"} == 5');
});

Deno.test("Prometheus gets at a target by a password, and tells when it does not", async () => {
  await using exported = exporter(`Basic ${btoa("prom:secret")}`);
  const login = { username: "prom", password: "secret" };
  await using prometheus = await startPrometheus({ target: exported.target, login });
  equal((await prometheus.target()).health, "up");
  exported.server.respond = () => new Response("", { status: 401 });
  await prometheus.until("up == 0");
  match((await prometheus.target()).lastError, /401/);
});
