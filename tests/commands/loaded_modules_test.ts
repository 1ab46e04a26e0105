import { deepEqual, ok } from "node:assert/strict";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
    readonly npmPackage?: string;
  }[];
}

/** What is loaded for every run: all that `main.ts` imports, however deep, without being asked for later. */
async function loadedAtStart(): Promise<string[]> {
  const main = `${import.meta.dirname}/../../main.ts`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", main] }).output();
  const { modules, roots } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: Module[];
    roots: string[];
  };
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>(roots);
  for (const specifier of loaded) {
    for (const { isDynamic, code } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}

Deno.test("a running service loads nothing of what is for people only", async () => {
  const loaded = await loadedAtStart();
  ok(loaded.some((specifier) => specifier.endsWith("/src/run.ts")));
  const forPeople =
    /\/src\/commands\/|deno_terminal|run_program|all_problems|diagnostics|code_frame|suggestions|syntax_|foreign_keys|key_texts|json_schema|schema_walk|to-json-schema|ajv/;
  deepEqual(loaded.filter((specifier) => forPeople.test(specifier)), []);
});
