import { deepEqual, equal, ok } from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { schema } from "../../src/commands/schema.ts";
import { checkFile } from "../../src/commands/validate/check_file.ts";
import { keyText, SERVICE_KEYS } from "../../src/config/key_texts.ts";
import { keysOf } from "../../src/config/schema_walk.ts";
import { serviceSchema } from "../../src/config/service_config.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = `${import.meta.dirname}/../..`;
/** Mistakes in the grammar of a flag or an image reference: only the program knows that. */
const BEYOND_SCHEMA = /^(flag|image_in_capitals|image_with_scheme)/;

function newAjv() {
  // A type may be one of several, since the program takes `8080` for a text.
  return new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, formats: { regex: isRegex } });
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, "u") !== undefined;
  } catch {
    return false;
  }
}

/** Numbers and booleans are what they are for an editor. */
function asEditor(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA.withTags(mergeTag) });
}

function validator() {
  const ajv = newAjv();
  const validate = ajv.compile(JSON.parse(schema("service").stdout));
  return (text: string) => validate(asEditor(text)) ? [] : validate.errors ?? [];
}

async function yamlFiles(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${ROOT}/${folder}`));
  return entries.map(({ name }) => name).filter((name) => name.endsWith(".yaml")).sort();
}

Deno.test("the schema takes each good config that the program takes", async () => {
  const problems = validator();
  const names = await yamlFiles("tests/fixtures/configs");
  ok(names.length >= 4);
  for (const name of names) {
    const file = `${ROOT}/tests/fixtures/configs/${name}`;
    deepEqual((await checkFile(file, denoHost())).errors, [], name);
    deepEqual(problems(await Deno.readTextFile(file)), [], name);
  }
});

Deno.test("the schema and the program take each config in the README", async () => {
  await using dir = await tempDir();
  const problems = validator();
  const readme = await Deno.readTextFile(`${ROOT}/README.md`);
  const examples = [...readme.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = ""]) => text);
  const configs = examples.filter((text) => /^image:/m.test(text));
  ok(configs.length > 0);
  for (const text of configs) {
    deepEqual((await checkFile(await dir.write("example.yaml", text), denoHost())).errors, [], text);
    deepEqual(problems(text), [], text);
  }
});

Deno.test("the schema refuses each broken config whose mistake is one of keys and values", async (t) => {
  const problems = validator();
  for (const name of await yamlFiles("tests/fixtures/broken")) {
    // What is no YAML an editor knows without a schema.
    if (name.startsWith("yaml_")) continue;
    await t.step(name, async () => {
      const errors = problems(await Deno.readTextFile(`${ROOT}/tests/fixtures/broken/${name}`));
      equal(errors.length > 0, !BEYOND_SCHEMA.test(name), JSON.stringify(errors));
    });
  }
});

Deno.test("every key has a description, and its examples are valid", () => {
  const missing = [...keysOf(serviceSchema).keys()].filter((path) =>
    keyText(SERVICE_KEYS, path) === undefined
  );
  deepEqual(missing, []);
  const printed = JSON.parse(schema("service").stdout);
  const ajv = newAjv();
  let examples = 0;
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    const { examples: own } = node as { examples?: unknown[] };
    for (const example of Array.isArray(own) ? own : []) {
      examples++;
      ok(ajv.validate(node, example), `${JSON.stringify(example)}: ${ajv.errorsText()}`);
    }
    for (const [key, inner] of Object.entries(node)) if (key !== "examples") visit(inner);
  };
  visit(printed);
  ok(examples > 20);
});

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
