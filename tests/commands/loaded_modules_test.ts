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

Deno.test("a running service loads nothing of what is for people only", async () => {
  const modules = await imports();
  const loaded = new Set([...modules.keys()].filter((specifier) => specifier.endsWith("/main.ts")));
  for (const specifier of loaded) for (const imported of modules.get(specifier) ?? []) loaded.add(imported);
  ok([...loaded].some((specifier) => specifier.endsWith("/src/run.ts")));
  const forPeople =
    /\/src\/commands\/|\/src\/config\/(?:problems|editor)\/|schema_keys|deno_terminal|run_program|to-json-schema|ajv/;
  deepEqual([...loaded].filter((specifier) => forPeople.test(specifier)), []);
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
