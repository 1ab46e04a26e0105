/** The checks against real servers: what they send, that they never pile up, and that only changes are told. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EventLog } from "../support/event_log.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { LogRecord } from "../support/service_process.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

const UP = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

Deno.test("a failing check is told once, its recovery once, and between them nothing", async () => {
  await using bed = await ServiceBed.create("checks");
  await using server = new CheckedServer();
  const check = { host: "127.0.0.1", port: server.port, path: "/", expected: { body: "fine" }, frequency: 1 };
  const service = await bed.run({ ...bed.script(UP), monitor: { check_http: [check] } });
  await server.requests(2);
  deepEqual(service.records.filter(isComplaint), []);

  server.answer = () => new Response("broken");
  await service.nextRecord(isComplaint);
  await server.requests(3);
  equal(service.records.filter(isComplaint).length, 1);

  server.answer = () => new Response("fine");
  await service.nextRecord(isGoodNews);
  const told = service.records.filter(fromMonitoring).length;
  await server.requests(3);
  equal(service.records.filter(fromMonitoring).length, told);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("an HTTP check sends method, query, headers and body as they are written", async () => {
  await using bed = await ServiceBed.create("checks");
  await using server = new CheckedServer();
  server.answer = () => new Response("accepted", { status: 202 });
  const service = await bed.run(`
name: ${bed.name}
image: ${TEST_IMAGES.base}
pull: never
service_args: [sh, -c, "${UP}"]
monitor:
  check_http:
    - host: 127.0.0.1
      port: ${server.port}
      method: POST
      path: /api/check
      query_parameters: {q: [one, two words], ä: ["&="]}
      headers: {X-Check: [first], Content-Type: [text/x-check]}
      body: "ping\\n"
      expected: {status: 202}
      frequency: 1
`);
  const request = await server.requests(1);
  equal(request.method, "POST");
  equal(request.url.pathname, "/api/check");
  deepEqual(request.url.searchParams.getAll("q"), ["one", "two words"]);
  deepEqual(request.url.searchParams.getAll("ä"), ["&="]);
  equal(request.headers.get("X-Check"), "first");
  equal(request.headers.get("Content-Type"), "text/x-check");
  equal(request.body, "ping\n");
  await server.requests(1);
  deepEqual(service.records.filter(isComplaint), []);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("a server that does not answer: the check fails by its timeout and never overlaps itself", async () => {
  await using bed = await ServiceBed.create("checks");
  await using server = new CheckedServer();
  server.answer = (signal) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response("too late"))));
  const check = { host: "127.0.0.1", port: server.port, path: "/", timeout: "1500ms", frequency: 1 };
  const service = await bed.run({ ...bed.script(UP), monitor: { check_http: [check] } });
  await server.requests(3);
  equal(server.mostAtOnce, 1);
  const complaints = service.records.filter(isComplaint).map(({ severity, message }) =>
    `${severity} ${message}`
  );
  equal(complaints.filter((complaint) => complaint.startsWith("error")).length, 1);
  const [warning, ...more] = complaints.filter((complaint) => complaint.startsWith("warn"));
  match(warning ?? "", /^warn A check takes longer .*: "http \/" 1\.5\d? s, to be run every 1 s$/);
  deepEqual(more, []);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("check_container_present with another container's name: its absence and its return", async () => {
  await using bed = await ServiceBed.create("checks");
  const other = `${bed.name}-other`;
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => bed.engine.removeContainer(other));
  // One whose name begins the same is another one.
  cleanUp.defer(() => bed.engine.removeContainer(`${other}-2`));
  await bed.engine.startContainer({ name: `${other}-2`, Image: TEST_IMAGES.base, Cmd: ["sh", "-c", UP] });
  const service = await bed.run({ ...bed.script(UP), monitor: { check_container_present: other } });
  const complaint = await service.nextRecord(isComplaint);
  ok(complaint.message.startsWith(`Check "container ${other}" fails: `), complaint.message);
  await bed.engine.startContainer({ name: other, Image: TEST_IMAGES.base, Cmd: ["sh", "-c", UP] });
  await service.nextRecord(isGoodNews);
  equal(service.records.filter(isComplaint).length, 1);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  equal((await bed.engine.inspect(other))?.State.Running, true);
});

Deno.test("check_container_present: true looks at the service's own container, false at none", async () => {
  await using bed = await ServiceBed.create("checks");
  await bed.run({ ...bed.script(UP), monitor: { check_container_present: true } });
  await bed.notify.next(({ STATUS }) => /, 1 check passes$/.test(STATUS ?? ""));
  await using another = await ServiceBed.create("checks");
  await another.run({ ...another.script(UP), monitor: { check_container_present: false } });
  await another.notify.next(({ STATUS }) => /, no checks$/.test(STATUS ?? ""));
});

Deno.test("check_tcp and check_http reach the container at its address: failing, then recovering", async () => {
  await using bed = await ServiceBed.create("checks");
  await using cleanUp = new AsyncDisposableStack();
  const Name = `${bed.name}-net`;
  const network = await bed.engine.docker.createNetwork({ Name });
  cleanUp.defer(() => network.remove());
  cleanUp.defer(() => bed.engine.removeContainer(bed.name));
  const service = await bed.run({
    ...bed.script(
      "trap 'exit 0' TERM; while [ ! -e /go ]; do sleep 0.1; done; httpd -p 8080 -h /bin; sleep 600 & wait",
    ),
    container_create_args: ["--network", Name],
    monitor: {
      public_network_name: Name,
      check_tcp: [{ port: 8080, frequency: 1 }],
      check_http: [{ port: 8080, path: "/sh", expected: { status: "2xx" }, frequency: 1 }],
    },
  });
  const told = async (predicate: (record: LogRecord) => boolean) => {
    const first = await service.nextRecord(predicate);
    return [first, await service.nextRecord(predicate)].map(({ data }) => String(data.check)).sort();
  };
  deepEqual(await told(isComplaint), ["http /sh", "tcp port 8080"]);
  const exec = await bed.engine.docker.getContainer(bed.name).exec({ Cmd: ["touch", "/go"] });
  await exec.start({ Detach: true });
  deepEqual(await told(isGoodNews), ["http /sh", "tcp port 8080"]);
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

function fromMonitoring({ source }: LogRecord): boolean {
  return source === "monitoring";
}

function isComplaint(record: LogRecord): boolean {
  return fromMonitoring(record) && /^(warn|error|fatal)$/.test(record.severity);
}

function isGoodNews(record: LogRecord): boolean {
  return fromMonitoring(record) && /^(info|notice)$/.test(record.severity);
}

interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** A real HTTP server whose answer the test can change; it answers "fine" at first. */
class CheckedServer implements AsyncDisposable {
  answer: (signal: AbortSignal) => Response | Promise<Response> = () => new Response("fine");
  mostAtOnce = 0;
  readonly #seen = new EventLog<SeenRequest>("request", ({ method, url }) => `${method} ${url}`);
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #open = 0;

  constructor() {
    const onListen = () => {};
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen },
      (request) => this.#handle(request),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Waits for so many requests from now on; yields the last of them. */
  requests(count: number): Promise<SeenRequest> {
    const { items } = this.#seen;
    const last = items.length + count;
    return this.#seen.next((request) => request === items[last - 1]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
    try {
      const { method, headers, url } = request;
      this.#seen.push({ method, url: new URL(url), headers, body: await request.text() });
      return await this.answer(request.signal);
    } finally {
      this.#open--;
    }
  }
}
