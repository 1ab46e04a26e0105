import { deepEqual, ok } from "node:assert/strict";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

/** All modules of the program by their specifiers, each with what it imports, without being asked for later. */
async function imports(): Promise<Map<string, string[]>> {
  const main = `${import.meta.dirname}/../../main.ts`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", main] }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  return new Map(modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.filter(({ isDynamic }) => !isDynamic).flatMap(({ code }) => code?.specifier ?? []),
  ]));
}

/** What is loaded together with the module whose specifier has this ending, itself included. */
function closure(modules: ReadonlyMap<string, readonly string[]>, ending: string): string[] {
  const loaded = new Set([...modules.keys()].filter((specifier) => specifier.endsWith(ending)));
  ok(loaded.size === 1, `there is no module "${ending}"`);
  for (const specifier of loaded) for (const imported of modules.get(specifier) ?? []) loaded.add(imported);
  return [...loaded];
}

Deno.test("a start loads at each step only what comes next: to ask the engine, to start the container, to watch it", async () => {
  const modules = await imports();
  const toAsk = closure(modules, "/main.ts");
  deepEqual(
    toAsk.filter((one) =>
      /\/src\/(?:config|plan|logging|checks|image)\/|\/supervisor\/(?!outcome)|^npm:|node:/.test(one)
    ),
    [],
  );
  const toStart = closure(modules, "/src/run.ts");
  const later =
    /\/src\/checks\/|\/supervisor\/verdicts\/|\/supervise.ts|\/influxdb\/open_influxdb|\/adopt.ts|node:/;
  deepEqual(toStart.filter((one) => later.test(one)), []);
  ok(closure(modules, "/src/supervisor/supervise.ts").some((one) => one.includes("/src/checks/")));
});

Deno.test("a running service loads nothing of what is for people only", async () => {
  const modules = await imports();
  const loaded = ["/main.ts", "/src/run.ts", "/src/supervisor/supervise.ts"].flatMap((ending) =>
    closure(modules, ending)
  );
  const forPeople =
    /\/src\/commands\/|\/src\/config\/(?:problems|editor)\/|schema_keys|deno_terminal|run_program|to-json-schema|ajv/;
  deepEqual(loaded.filter((specifier) => forPeople.test(specifier)), []);
});

Deno.test("a service that alerts nobody loads nothing of alerts", async () => {
  const modules = await imports();
  const loaded = ["/main.ts", "/src/run.ts", "/src/supervisor/supervise.ts"].flatMap((ending) =>
    closure(modules, ending)
  );
  ok(loaded.some((specifier) => specifier.endsWith("/src/start/sinks.ts")));
  const forAlerts = /\/src\/alerts\/|alerts_config|alert_targets|runner_schema|nodemailer/;
  deepEqual(loaded.filter((specifier) => forAlerts.test(specifier)), []);
});

Deno.test("a service that is a container of this machine loads nothing of swarms", async () => {
  const modules = await imports();
  const loaded = ["/main.ts", "/src/run.ts", "/src/supervisor/supervise.ts"].flatMap((ending) =>
    closure(modules, ending)
  );
  ok([...modules.keys()].some((specifier) => specifier.endsWith("/src/engine/docker_swarm.ts")));
  deepEqual(loaded.filter((specifier) => /swarm|service_schema/.test(specifier)), []);
});

Deno.test("what editors need is loaded by `schema` only, what tells of problems by `validate` and where there is one", async () => {
  const modules = await imports();
  const importersOf = (room: string) =>
    [...modules]
      .filter(([specifier, imported]) =>
        !specifier.includes(room) && imported.some((one) => one.includes(room))
      )
      .map(([specifier]) => specifier.replace(/^.*\/src\//, ""));
  deepEqual(importersOf("/src/config/editor/"), ["commands/schema.ts"]);
  deepEqual(importersOf("/src/config/problems/"), ["commands/validate.ts"]);
});
