/**
 * Where something of others comes in: for each such place, inputs that nobody meant, and what holds whatever they are.
 * A target throws, or fails its assertion, when it does not.
 */
import { ok } from "node:assert/strict";
import fc from "fast-check";
import { checkFile } from "../../src/commands/validate/check_file.ts";
import { SWARM_DEFAULTS } from "../../src/config/swarm_config.ts";
import { type Connection, exchangeOn } from "../../src/engine/http/http_client.ts";
import { EngineUnreachableError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { translateCreate } from "../../src/plan/body/translate_create.ts";
import { planSwarmService } from "../../src/plan/swarm/plan_swarm_service.ts";
import { LineSplitter } from "../../src/supervisor/log/line_splitter.ts";
import { notifyMessage } from "../../src/systemd/notify.ts";
import { NotifyRelay } from "../../src/systemd/notify_relay.ts";
import { Lines } from "../logging/lines.ts";

// deno-lint-ignore no-control-regex -- they are what must not be there
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const encoder = new TextEncoder();

/** Bytes like these, some of them changed, left out or doubled, or any at all. */
function mutated(...examples: readonly string[]): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const change = fc.tuple(
    fc.nat(4000),
    fc.constantFrom("set", "drop", "double"),
    fc.nat(255),
    fc.integer({ min: 1, max: 40 }),
  );
  const changed = fc.tuple(fc.constantFrom(...examples), fc.array(change, { maxLength: 8 })).map(
    ([example, changes]) => {
      let bytes = [...encoder.encode(example)];
      for (const [position, kind, byte, length] of changes) {
        const at = position % (bytes.length + 1);
        if (kind === "set") bytes[at] = byte;
        else if (kind === "drop") bytes.splice(at, length);
        else bytes = [...bytes.slice(0, at + length), ...bytes.slice(at)];
      }
      return Uint8Array.from(bytes);
    },
  );
  return fc.oneof({ weight: 4, arbitrary: changed }, {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 2000 }),
  });
}

/** The bytes in pieces, cut anywhere. */
function pieces(bytes: fc.Arbitrary<Uint8Array<ArrayBuffer>>): fc.Arbitrary<Uint8Array<ArrayBuffer>[]> {
  return fc.tuple(bytes, fc.array(fc.nat(2000), { maxLength: 6 })).map(([all, cuts]) => {
    const ends = [...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((a, b) => a - b);
    return ends.map((end, index) => all.slice(ends[index - 1] ?? 0, end));
  });
}

/** A container's output: each record is JSON that every reader takes, and what it says is what was written. */
const lines = fc.asyncProperty(
  pieces(mutated(
    "one\ntwo\r\nthree",
    '{"level":"error","msg":"m","a":[1,{"b":"\\ud83d\\ude00 \\ud800"}]}\n<3>syslog\n{"a":"\x9b2J"}\n',
    "\tat a.b(c.java:1)\n\x1b[31mred\x1b[0m\n\xff\xfe\n\n",
  )),
  async (chunks) => {
    const lines = new Lines({}, 2000);
    const splitter = new LineSplitter({ limitBytes: 500, terminal: false }, (bytes, from, to, unfinished) => {
      lines.records.write("stdout", bytes, { from, to, unfinished, instant: lines.clock.next() });
    });
    for (const chunk of chunks) splitter.push(chunk, 0, chunk.length);
    splitter.end();
    lines.records.end();
    for (const text of await lines.texts()) {
      ok(!CONTROL.test(text) && text.isWellFormed() && encoder.encode(text).length <= 2000, text);
      JSON.parse(text);
    }
  },
);

/** What a container says of itself: STATUS= stays one printable line, and READY=1 is nothing else. */
const notify = fc.asyncProperty(
  mutated("READY=1\nSTATUS=up", "STATUS=\x1b[2J\nMAINPID=1\n", "READY=10\nX_READY=1"),
  async (message) => {
    let send = (_message: Uint8Array) => {};
    const done = () => Promise.resolve();
    await using relay = await NotifyRelay.open("/run", {
      makePrivateFolder: done,
      makeSharedFolder: done,
      removeFile: done,
      replaceFile: () => {},
      readFile: () => Promise.resolve({ kind: "missing" }),
      listenDatagrams(_path, onMessage) {
        send = onMessage;
        return Promise.resolve({ close() {} });
      },
    });
    send(message);
    ok(relay.ready === new TextDecoder().decode(message).split("\n").includes("READY=1"));
    const told = notifyMessage({ status: relay.status ?? "" });
    ok(!CONTROL.test(told) && encoder.encode(told).length <= 1100, told);
  },
);

/** Brings these reads, then its end. */
function scripted(reads: readonly Uint8Array[]): Connection {
  const left = reads.filter(({ length }) => length > 0);
  return {
    read(buffer) {
      const bytes = left.shift();
      if (bytes === undefined) return Promise.resolve(null);
      const count = Math.min(buffer.length, bytes.length);
      buffer.set(bytes.subarray(0, count));
      if (count < bytes.length) left.unshift(bytes.subarray(count));
      return Promise.resolve(count);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
}

/** What the engine answers, garbled and cut: an answer, or no engine; never anything else, and always an end. */
const engine = fc.asyncProperty(
  pieces(mutated(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nA: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nApi-Version: 1.45\r\n\r\nhello",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nraw",
    'HTTP/1.1 404 Not Found\r\nContent-Length: 16\r\n\r\n{"message":"no"}',
  )),
  async (reads) => {
    const { signal } = new AbortController();
    try {
      const request = { socketPath: "/run/docker.sock", method: "GET", target: "/x", signal } as const;
      const response = await exchangeOn(scripted(reads), request);
      await response.arrayBuffer();
    } catch (error) {
      if (!(error instanceof EngineUnreachableError)) throw error;
    }
  },
);

const host = denoHost();

/** What a server answers a check, by both clients: an answer or an error, in time. */
const http = fc.asyncProperty(
  pieces(mutated(
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
  )),
  fc.boolean(),
  async (answer, byNode) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      using connection = await listener.accept();
      await connection.read(new Uint8Array(4096));
      for (const piece of answer) {
        for (let sent = 0; sent < piece.length;) sent += await connection.write(piece.subarray(sent));
      }
    })().catch(() => {});
    const signal = AbortSignal.timeout(10_000);
    try {
      const response = await host.httpRequest({
        url: `http://127.0.0.1:${listener.addr.port}/`,
        method: "GET",
        headers: [["Connection", "close"]],
        // `fetch` sends no body with GET.
        body: byNode ? "x" : undefined,
        tls: { authorities: undefined, insecure: false, wantsExpiry: false },
        signal,
      });
      await new Response(response.body).arrayBuffer();
    } catch (error) {
      ok(error instanceof Error);
    }
    ok(!signal.aborted, "it has ended");
    await serving;
  },
);

const WORDS = [
  "name",
  "image",
  "monitor",
  "check_http",
  "path",
  "frequency",
  "expected",
  "ready",
  "when",
  "logs",
  "build",
  "swarm",
  "replicas",
  "constraints",
];

/** Configs: a good one, or problems with their places, printable ones. */
const yaml = fc.asyncProperty(
  fc.oneof(
    mutated(
      "name: web\nimage: nginx:1.27\ncontainer_create_args: [--publish, 80:80, --env, A=b]\n",
      "name: web\nimage: nginx\nmonitor:\n  check_http:\n    - path: /\n      frequency: 5\n      expected: { status: 200 }\n",
      "name: web\nimage: nginx\nready: {when: checks, timeout: 5m}\nlogs: {multiline: '^\\S'}\nadopt: true\n",
      "name: web\nimage: nginx\ncontainer_create_args: [-p, 80:80, -v, data:/d]\nswarm:\n  replicas: 3\n" +
        "  constraints: [node.role == worker]\n  update: {order: start-first, monitor: 5s}\n",
    ),
    fc.object({ key: fc.oneof(fc.constantFrom(...WORDS), fc.string()) }).map((value) =>
      encoder.encode(JSON.stringify(value))
    ),
  ),
  async (bytes) => {
    const readFile = (path: string) =>
      Promise.resolve(
        path === "/c.yaml" ? { kind: "content" as const, bytes } : { kind: "missing" as const },
      );
    const { errors } = await checkFile("/c.yaml", {
      ...host,
      env: () => undefined,
      cwd: () => "/",
      readFile,
    });
    for (const { message } of errors) ok(message.length > 0 && message.length < 5000);
  },
);

const FLAGS = [
  "--publish",
  "-p",
  "--env",
  "--volume",
  "-v",
  "--mount",
  "--network",
  "--memory",
  "--ulimit",
  "--device",
  "--gpus",
  "-it",
  "--tmpfs",
  "--security-opt",
  "--restart",
  "--shm-size",
  "--memory-swap",
  "--stop-timeout",
];

/** Argument lists of `docker create`: a request, or problems; and the same of a service in a swarm. */
const flags = fc.property(
  fc.array(
    fc.oneof(
      fc.constantFrom(...FLAGS),
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'0123456789abgkmx=:,./-"\\ ') }),
    ),
    {
      maxLength: 8,
    },
  ),
  (args) => {
    const file = () => ({ kind: "missing" as const });
    const inputs = {
      cwd: "/",
      env: () => undefined,
      file,
      architecture: "amd64",
      enginePath: "/run/docker.sock",
    };
    translateCreate(args, inputs);
    const service = { name: "web", image: "nginx", containerCreateArgs: args, serviceArgs: [] };
    planSwarmService({ ...service, swarm: SWARM_DEFAULTS }, inputs);
  },
);

export const TARGETS = { lines, notify, engine, http, yaml, flags } as const;

/** Inputs that once failed, by target: tried first, each time. */
export const SEEDS: readonly {
  readonly target: keyof typeof TARGETS;
  readonly seed: number;
  readonly path: string;
}[] = [];
