import { deepEqual, equal, ok } from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { schema } from "../../src/commands/schema.ts";
import { checkFile } from "../../src/commands/validate/check_file.ts";
import { keyText, SERVICE_KEYS } from "../../src/config/editor/key_texts.ts";
import { RUNNER_KEYS } from "../../src/config/editor/runner_key_texts.ts";
import { runnerSchema } from "../../src/config/runner_schema.ts";
import { keysOf } from "../../src/config/schema_keys.ts";
import { serviceSchema } from "../../src/config/service_schema.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { readPages } from "../support/pages.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = `${import.meta.dirname}/../..`;
/** Mistakes in the grammar of a flag, an image reference, a path into JSON, a rate, in a secret: only the program knows that. */
const BEYOND_SCHEMA =
  /^(flag|swarm_(?:minimum|start_first_delay|global_spread)|image_in_capitals|image_with_scheme|json_path|rate_of_too_few_runs|machine_wide_alerts_(?:token|url))/;
const MACHINE_WIDE = /^(influxdb_|machine_wide)/;

/** Numbers and booleans are what they are for an editor. */
function asEditor(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA.withTags(mergeTag) });
}

function newAjv(): Ajv2020 {
  return new Ajv2020({
    allErrors: true,
    strict: true,
    // A type may be one of several, since the program takes `8080` for a text.
    allowUnionTypes: true,
    // Rules between keys stand beside the list of the keys.
    strictRequired: false,
    strictTypes: false,
    formats: { regex: isRegex },
  });
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, "u") !== undefined;
  } catch {
    return false;
  }
}

/** What is wrong with a file, by the schema that its name calls for. */
function validator() {
  const ajv = newAjv();
  const [service, runner] = (["service", "runner"] as const).map((of) =>
    ajv.compile(JSON.parse(schema(of).stdout))
  );
  return (text: string, name = "") => {
    const validate = (MACHINE_WIDE.test(name) ? runner : service)!;
    return validate(asEditor(text)) ? [] : validate.errors ?? [];
  };
}

async function yamlFiles(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${ROOT}/${folder}`));
  return entries.map(({ name }) => name).filter((name) => name.endsWith(".yaml")).sort();
}

Deno.test("the schema takes each good config that the program takes", async () => {
  const problems = validator();
  const names = await yamlFiles("tests/fixtures/configs");
  ok(names.length >= 7);
  for (const name of names) {
    const file = `${ROOT}/tests/fixtures/configs/${name}`;
    deepEqual((await checkFile(file, denoHost())).errors, [], name);
    deepEqual(problems(await Deno.readTextFile(file), name), [], name);
  }
});

Deno.test("the schema and the program take each config of the README and the pages", async () => {
  await using dir = await tempDir();
  await dir.write("influxdb-token", "of-a-test");
  await dir.write("shop/Dockerfile", "FROM nginx AS production\n");
  const problems = validator();
  const blocks = (await readPages()).flatMap(({ blocks }) => blocks);
  const configs = blocks.filter(({ language, kind }) => language === "yaml" && kind !== "prometheus");
  ok(configs.length >= 10);
  for (const { kind, text } of configs) {
    const name = kind === "machine" ? "machine_wide.yaml" : "service.yaml";
    deepEqual((await checkFile(await dir.write(name, text), denoHost())).errors, [], text);
    deepEqual(problems(text, name), [], text);
  }
});

Deno.test("the schema refuses each broken config whose mistake is one of keys and values", async (t) => {
  const problems = validator();
  for (const name of await yamlFiles("tests/fixtures/broken")) {
    // What is no YAML an editor knows without a schema.
    if (name.startsWith("yaml_")) continue;
    await t.step(name, async () => {
      const errors = problems(await Deno.readTextFile(`${ROOT}/tests/fixtures/broken/${name}`), name);
      equal(errors.length > 0, !BEYOND_SCHEMA.test(name), JSON.stringify(errors));
    });
  }
});

const CONFIGS = [
  { of: "service", config: serviceSchema, texts: SERVICE_KEYS, least: 40 },
  { of: "runner", config: runnerSchema, texts: RUNNER_KEYS, least: 6 },
] as const;

for (const { of, config, texts, least } of CONFIGS) {
  Deno.test(`every key of schema ${of} has a description, and its examples are valid`, () => {
    const keys = [...keysOf(config).keys()];
    deepEqual(keys.filter((path) => keyText(texts, path) === undefined), [], "keys without a text");
    const used = new Set(keys.map((path) => keyText(texts, path)));
    deepEqual(
      [...texts].filter(([, text]) => !used.has(text)).map(([path]) => path),
      [],
      "texts without a key",
    );
    const ajv = newAjv();
    let examples = 0;
    const visit = (node: unknown) => {
      if (typeof node !== "object" || node === null) return;
      const { examples: own, default: fallback } = node as { examples?: unknown[]; default?: unknown };
      for (const example of [...Array.isArray(own) ? own : [], ...fallback === undefined ? [] : [fallback]]) {
        examples++;
        ok(ajv.validate(node, example), `${JSON.stringify(example)}: ${ajv.errorsText()}`);
      }
      for (const [key, inner] of Object.entries(node)) if (key !== "examples") visit(inner);
    };
    visit(JSON.parse(schema(of).stdout));
    ok(examples >= least, `${examples} examples`);
  });
}

Deno.test("schema, like every command, knows --help and says what is wrong with its command line", async () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", `${ROOT}/main.ts`, ...args],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  const help = await run("schema", "--help");
  equal(help.code, 0);
  ok(help.stdout.startsWith("Prints the JSON Schema"), help.stdout);
  const wrong = await run("schema", "servise");
  equal(wrong.code, 64);
  ok(wrong.stderr.includes('"servise" is not known here'), wrong.stderr);
  equal(JSON.parse((await run("schema")).stdout).$schema, "https://json-schema.org/draft/2020-12/schema");
});
