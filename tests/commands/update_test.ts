// deno-lint-ignore-file camelcase -- the keys are those of the JSON that is read and printed
/** `update` and `rollback` on a machine whose services a test plays. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { NO_PAINT } from "../../src/commands/command_context.ts";
import { update } from "../../src/commands/update.ts";
import type { UpdateOutcome } from "../../src/commands/update/outcome.ts";
import { renderOutcomes } from "../../src/commands/update/table.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import type { UpdateResult } from "../../src/logging/update_result.ts";
import { openLibc } from "../../src/systemd/libc.ts";
import { standInSystemctl, type StandInUnit } from "../support/stand_in_systemctl.ts";
import { statusFile } from "../support/status_file.ts";
import { runFolder } from "../support/system_folders.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const { readProc } = openLibc();
const OLD = `sha256:${"0123456789abcdef".repeat(4)}`;
const NEW = `sha256:${"fedcba9876543210".repeat(4)}`;

/** Services of which this process plays each that runs: it is asked by the real signal. */
class Machine implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #units: StandInUnit[] = [];
  /** What services were asked for, in order. */
  readonly asked: { service: string; action: string; force: boolean }[] = [];
  readonly #taking = new Map<string, () => void>();

  private constructor(readonly dir: TempDir, readonly run: { readonly path: string; readonly name: string }) {
    const takeAll = () => this.#taking.forEach((take) => take());
    Deno.addSignalListener("SIGUSR1", takeAll);
    this.#stack.defer(() => Deno.removeSignalListener("SIGUSR1", takeAll));
  }

  static async create(): Promise<Machine> {
    await using stack = new AsyncDisposableStack();
    const machine = new Machine(stack.use(await tempDir()), stack.use(await runFolder([])));
    machine.#stack.use(stack.move());
    return machine;
  }

  /** A service that goes through these states when it is asked; `config`: its `update` section. */
  async running(name: string, states: readonly Partial<UpdateResult>[], config = ""): Promise<void> {
    const folder = `${this.run.path}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    const file = statusFile(folder, { service: name, pid: Deno.pid });
    const run = { result: { ok: true }, durationMs: 1 };
    file.check({ name: "c", kind: "check_tcp" }, run, { ok: true, restarts: 0 });
    this.#stack.defer(() => file.close(undefined));
    this.#taking.set(name, () => {
      const path = `${folder}/update_request.json`;
      const request = takeJson(path);
      if (request === undefined) return;
      const { id, ...wish } = request;
      this.asked.push({ service: name, ...wish });
      for (const state of states) file.update({ ...RESULT, request: id, ...state });
    });
    await this.unit({ name, mainPid: Deno.pid, runtimeDirectory: `${this.run.name}/${name}` }, config);
  }

  async unit(unit: StandInUnit, config = ""): Promise<void> {
    const path = await this.dir.write(`${unit.name}.yaml`, `name: ${unit.name}\nimage: nginx\n${config}`);
    this.#units.push({ config: path, ...unit });
    await standInSystemctl(this.dir, this.#units);
  }

  async service_runner(...args: string[]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", MAIN, ...args],
      env: { PATH: `${this.dir.path}/bin:${Deno.env.get("PATH")}` },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

const RESULT: UpdateResult = {
  state: "current",
  request: null,
  from: OLD,
  to: null,
  seen_at: null,
  at: "2026-01-02T12:00:00Z",
  why: null,
};
const UPDATED = [{ state: "updating" }, { state: "probation", to: NEW }, {
  state: "updated",
  to: NEW,
}] as const;
const AUTO = "update: {mode: auto}\n";

/** As a service does: whoever asks next finds no file. */
function takeJson(path: string) {
  try {
    const text = Deno.readTextFileSync(path);
    Deno.removeSync(path);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test("update asks a running service, follows it to the end of its probation and shows what has come of it", async () => {
  await using machine = await Machine.create();
  await machine.running("web", UPDATED);
  const { code, stdout, stderr } = await machine.service_runner("update", "web", "--force");
  deepEqual([code, stderr], [0, ""]);
  deepEqual(machine.asked, [{ service: "web", action: "update", force: true }]);
  equal(
    stdout,
    "NAME  RESULT   FROM → TO                    AGE  WHY\n" +
      "web   updated  0123456789ab → fedcba987654  -\n",
  );
});

Deno.test("update without names is for the services whose configs ask for it, one after another", async () => {
  await using machine = await Machine.create();
  await machine.running("auto", [{ state: "taken_back", to: NEW, why: "not ready within 5m" }], AUTO);
  await machine.running("plain", [{}]);
  await machine.running("notify", [{ state: "available", to: NEW }], "update: {mode: notify}\n");
  await machine.running("never", [{}], "update: {mode: never}\n");
  await machine.unit({ name: "off", active: "inactive", sub: "dead" }, AUTO);
  const { code, stdout } = await machine.service_runner("update", "--json");
  equal(code, 1, "one has been taken back");
  deepEqual(machine.asked, [
    { service: "auto", action: "update", force: false },
    { service: "notify", action: "check", force: false },
  ]);
  deepEqual(JSON.parse(stdout).services, [
    {
      name: "auto",
      unit: "service_runner@auto.service",
      result: "taken_back",
      from: OLD,
      to: NEW,
      seen_at: null,
      why: "not ready within 5m",
    },
    {
      name: "notify",
      unit: "service_runner@notify.service",
      result: "available",
      from: OLD,
      to: NEW,
      seen_at: null,
      why: null,
    },
  ]);
  machine.asked.length = 0;
  await machine.service_runner("update", "--check");
  const asked = machine.asked.map(({ service, action }) => `${action} ${service}`);
  deepEqual(asked, ["check auto", "check notify", "check plain"]);
});

Deno.test("update of no service says so", async () => {
  await using machine = await Machine.create();
  await machine.running("plain", [{}]);
  const { code, stdout } = await machine.service_runner("update");
  deepEqual([code, stdout], [0, 'There is no service whose config has "update"\n']);
});

Deno.test("a service that fails does not keep the others from their updates", async () => {
  await using machine = await Machine.create();
  await machine.unit(
    { name: "broken", mainPid: 4711, runtimeDirectory: `${machine.run.name}/broken` },
    "updat: 1\n",
  );
  await machine.running("web", UPDATED, AUTO);
  const { code, stdout } = await machine.service_runner("update");
  equal(code, 1);
  match(stdout, /^broken +failed +- +- +.*broken\.yaml/m);
  match(stdout, /^web +updated /m);
});

Deno.test("update of a service that nobody knows, or that is off", async () => {
  await using machine = await Machine.create();
  await machine.unit({ name: "web", active: "inactive", sub: "dead" });
  const unknown = await machine.service_runner("update", "wbe");
  deepEqual([unknown.code, unknown.stdout], [64, ""]);
  match(unknown.stderr, /^service_runner update: There is no service "wbe": .*; did you mean "web"\?$/m);
  const off = await machine.service_runner("update", "web");
  equal(off.code, 0);
  match(off.stdout, /^web +skipped +- +- +it is stopped, and not enabled$/m);
  equal((await machine.service_runner("rollback")).code, 64);
  equal((await machine.service_runner("rollback", "web", "web")).code, 64);
});

Deno.test("a process that knows no updates is not sent a signal that would end it", async () => {
  await using machine = await Machine.create();
  await machine.running("web", UPDATED);
  const path = `${machine.run.path}/web/status.json`;
  const { update: _, ...older } = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify(older));
  const { code, stdout } = await machine.service_runner("update", "web");
  equal(code, 1);
  match(stdout, /an older service_runner runs it, .*systemctl restart service_runner@web\.service$/m);
  deepEqual(machine.asked, []);
});

Deno.test("an update that is under way already is followed; a rollback is asked for all the same", async () => {
  await using machine = await Machine.create();
  await machine.running("web", [{ state: "taken_back", to: NEW }]);
  const file = statusFile(`${machine.run.path}/web`, { service: "web", pid: Deno.pid });
  file.update({ ...RESULT, state: "probation", request: "of-the-timer", to: NEW });
  const shown = Promise.withResolvers<void>();
  const followed = inTerminal(machine, { names: ["web"], action: "update" }, () => shown.resolve());
  await shown.promise;
  file.update({ ...RESULT, state: "updated", request: "of-the-timer", to: NEW });
  match((await followed).stdout ?? "", /^web +updated /m);
  deepEqual(machine.asked, []);
  file.update({ ...RESULT, state: "probation", request: "of-the-timer", to: NEW });
  const back = await machine.service_runner("rollback", "web");
  equal(back.code, 0, back.stdout);
  match(back.stdout, /^web +taken back /m);
  deepEqual(machine.asked, [{ service: "web", action: "rollback", force: false }]);
});

/** In this process; standard error is a terminal. `onProgress` gets what is written to standard error. */
function inTerminal(
  { dir }: Machine,
  options: { names: string[]; action: "update" | "rollback" },
  onProgress: (text: string) => void,
) {
  const real = denoHost();
  const host = {
    ...real,
    onSignal: () => {},
    writeStderr: onProgress,
    runProcess: ({ argv: [program, ...args], ...request }: Parameters<typeof real.runProcess>[0]) =>
      real.runProcess({
        ...request,
        argv: [program === "systemctl" ? `${dir.path}/bin/systemctl` : String(program), ...args],
      }),
  };
  const isTerminal = (stream: string) => stream === "stderr";
  const terminal = { isTerminal, columns: () => 60, rows: () => 24, onResize: () => {} };
  return update({ ...options, force: false, json: false }, { host, terminal, readProc });
}

Deno.test("in a terminal one line shows how it goes on, and is gone at the end", async () => {
  await using machine = await Machine.create();
  await machine.running("web", [{ state: "updating" }]);
  const file = statusFile(`${machine.run.path}/web`, { service: "web", pid: Deno.pid });
  file.listeningTo({ send() {} }).send({ status: "Pulling nginx: 40%, \x1b]0;owned\x07" });
  file.update({ ...RESULT, state: "updating", request: null });
  const written: string[] = [];
  const { exitCode } = await inTerminal(machine, { names: ["web"], action: "update" }, (text) => {
    written.push(text);
    file.update({ ...RESULT, state: "updated" });
  });
  equal(exitCode, 0);
  deepEqual(written, ["\rweb: Pulling nginx: 40%,  ]0;owned \x1b[K", "\r\x1b[K"]);
});

Deno.test("a service that has been restarted while others had their turn is asked as it is then", async () => {
  await using machine = await Machine.create();
  await machine.running("first", []);
  const file = statusFile(`${machine.run.path}/first`, { service: "first", pid: Deno.pid });
  file.listeningTo({ send() {} }).send({ status: "Updating" });
  file.update({ ...RESULT, state: "updating" });
  await machine.unit({ name: "second", active: "activating", sub: "auto-restart" });
  const shown = Promise.withResolvers<void>();
  const both = inTerminal(machine, { names: ["first", "second"], action: "update" }, () => shown.resolve());
  await shown.promise;
  await machine.running("second", UPDATED);
  file.update({ ...RESULT, state: "updated" });
  match((await both).stdout ?? "", /^first +updated [^]*^second +updated /m);
  deepEqual(machine.asked.map(({ service }) => service), ["second"]);
});

Deno.test("a service that refuses, or ends meanwhile, has failed with that reason", async (t) => {
  await t.step("it takes the request and goes on with something else", async () => {
    await using machine = await Machine.create();
    await machine.running("web", []);
    const { code, stdout } = await machine.service_runner("update", "web");
    equal(code, 1);
    match(stdout, /^web +failed .* it has refused, see: service_runner logs web$/m);
  });
  await t.step("it ends in the middle of it", async () => {
    await using machine = await Machine.create();
    await using folder = await runFolder(["web"]);
    await using process = new Deno.Command("sleep", { args: ["1000"] }).spawn();
    const file = statusFile(`${folder.path}/web`, { service: "web", pid: process.pid });
    file.update({ ...RESULT, state: "updating", request: "x" });
    file.close("Failed: no more memory");
    await machine.unit({ name: "web", mainPid: process.pid, runtimeDirectory: `${folder.name}/web` });
    const shown = Promise.withResolvers<void>();
    const running = inTerminal(machine, { names: ["web"], action: "update" }, () => shown.resolve());
    file.listeningTo({ send() {} }).send({ status: "Pulling", ready: true });
    await shown.promise;
    process.kill("SIGKILL");
    const { stdout = "", exitCode } = await running;
    equal(exitCode, 1);
    match(
      stdout.replace(/\s+/g, " "),
      /web failed .*the service has ended meanwhile: Failed: no more memory/,
    );
  });
});

const OUTCOME: UpdateOutcome = {
  name: "web",
  unit: "service_runner@web.service",
  result: "waiting",
  from: OLD,
  to: NEW,
  seen_at: "2026-01-01T12:00:00Z",
  why: 'not before 2026-01-04T12:00:00.000Z ("min_age")',
};

Deno.test("the table of outcomes fits into the terminal; the reasons go below if need be", () => {
  const nowMs = Date.parse("2026-01-02T13:00:00Z");
  const render = (columns?: number) => renderOutcomes([OUTCOME], { columns, nowMs, paint: NO_PAINT });
  deepEqual(render(), [
    "NAME  RESULT   FROM → TO                     AGE   WHY",
    'web   waiting  0123456789ab → @fedcba987654  1d1h  not before 2026-01-04T12:00:00.000Z ("min_age")',
  ]);
  const narrow = render(60);
  ok(narrow.every((line) => line.length <= 60), narrow.join("\n"));
  deepEqual(narrow.slice(1), [
    "web   waiting  0123456789ab → @fedcba987654  1d1h",
    '    not before 2026-01-04T12:00:00.000Z ("min_age")',
  ]);
});
