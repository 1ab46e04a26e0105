/**
 * No key of a service is forgotten: tests/fixtures/compose has them all. `NAME.json` is what Compose 2.40 prints of
 * `NAME.yaml` (`docker compose -f NAME.yaml --profile '*' config --format json`, the folder written as /srv/shop), and
 * `NAME.SERVICE.yaml` what becomes of a service.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { load } from "js-yaml";
import { importCompose } from "../../../src/commands/import.ts";
import { COMPOSE_KEYS } from "../../../src/commands/import/compose_keys.ts";
import { checkFile } from "../../../src/commands/validate/check_file.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import {
  COMPOSE_SUITES,
  composeSchema,
  hostWithCompose,
  hostWithPrograms,
  type SchemaNode,
} from "../../support/docker_compose.ts";
import { tempDir } from "../../support/temp_dir.ts";

const FIXTURES = `${import.meta.dirname}/../../fixtures/compose`;
const MAIN = `${import.meta.dirname}/../../../main.ts`;

const GOLDEN = [["compose", "web"], ["compose", "db"], ["compose", "job"], ["newer", "web"], [
  "newer",
  "inline",
]] as const;

/** Neither Compose nor anything in the container sees these keys when the service starts. */
const WITHOUT_EFFECT = /^(?:develop|extends)\./;

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Calls `visit` for each key below the node, e.g. `ports.target`; names that the user chooses are left out. */
function walk(
  node: SchemaNode,
  definitions: Readonly<Record<string, SchemaNode>>,
  value: unknown,
  visit: (path: string, isThere: boolean) => void,
  path = "",
): void {
  const go = (inner: SchemaNode, content: unknown, key?: string) =>
    walk(inner, definitions, content, visit, key === undefined ? path : path === "" ? key : `${path}.${key}`);
  if (node.$ref !== undefined) go(definitions[node.$ref.split("/").at(-1)!]!, value);
  for (const alternative of [...node.oneOf ?? [], ...node.anyOf ?? []]) go(alternative, value);
  const fields = isMapping(value) ? value : {};
  for (const [key, inner] of Object.entries(node.properties ?? {})) {
    visit(path === "" ? key : `${path}.${key}`, Object.hasOwn(fields, key));
    go(inner, fields[key], key);
  }
  const chosen = Object.keys(fields).filter((key) => !Object.hasOwn(node.properties ?? {}, key));
  for (const inner of Object.values(node.patternProperties ?? {})) {
    for (const key of [undefined, ...chosen]) go(inner, key === undefined ? undefined : fields[key]);
  }
  if (node.items !== undefined) {
    for (const item of [undefined, ...Array.isArray(value) ? value : []]) go(node.items, item);
  }
}

Deno.test("every key that the Compose specification has for a service has a row, and is tried", async (t) => {
  const services: unknown[] = [];
  for (const name of ["compose", "newer"]) {
    const { services: all } = load(await Deno.readTextFile(`${FIXTURES}/${name}.yaml`)) as Record<
      string,
      object
    >;
    services.push(...Object.values(all ?? {}));
  }
  for (const suite of COMPOSE_SUITES) {
    await t.step(suite, async () => {
      const definitions = await composeSchema(suite);
      const service = definitions.service!;
      const keys = Object.keys(service.properties ?? {});
      ok(keys.length > 80);
      deepEqual(keys.filter((key) => !COMPOSE_KEYS.has(key)), []);
      const tried = new Map<string, boolean>();
      for (const value of services) {
        walk(service, definitions, value, (path, isThere) => tried.set(path, tried.get(path) || isThere));
      }
      ok(tried.size > 200);
      const forgotten = [...tried].filter(([path, isTried]) => !isTried && !WITHOUT_EFFECT.test(path));
      deepEqual(forgotten.map(([path]) => path), []);
    });
  }
});

Deno.test("import of what Compose has printed needs no Compose", async (t) => {
  for (const [name, service] of GOLDEN) {
    await t.step(`${name} ${service}`, async () => {
      const host = { ...hostWithPrograms({}), cwd: () => FIXTURES };
      const request = { files: [`${name}.json`], areNamed: false, service, options: {} } as const;
      const { stdout, stderr } = await importCompose(request, host);
      equal(stderr + stdout, await Deno.readTextFile(`${FIXTURES}/${name}.${service}.yaml`));
    });
  }
});

Deno.test("import of the Compose file itself comes to the same", async (t) => {
  for (const suite of COMPOSE_SUITES) {
    const host = { ...await hostWithCompose(suite), cwd: () => FIXTURES };
    for (const [name, service] of GOLDEN) {
      if (suite === "trixie" && name === "newer") continue;
      await t.step(`${suite} ${name} ${service}`, async () => {
        const request = { files: [`${name}.yaml`], areNamed: false, service, options: {} } as const;
        const { stdout, stderr } = await importCompose(request, host);
        const golden = await Deno.readTextFile(`${FIXTURES}/${name}.${service}.yaml`);
        const folder = await Deno.realPath(FIXTURES);
        const found = stdout.replaceAll(FIXTURES, folder).replaceAll(
          `${Deno.env.get("HOME")}/own`,
          "/root/own",
        )
          .replaceAll(folder, "/srv/shop").replace(`from ${name}.yaml`, `from ${name}.json`);
        // Compose 2.26 knows the key, but does not print it; and prints modes as numbers.
        const expected = suite === "trixie"
          ? golden.replace(",gw-priority=1", "").replace('"mode":"0400"', '"mode":256')
          : golden;
        equal(stderr + found, expected);
      });
    }
  }
});

Deno.test("import takes what Compose prints on standard input", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "import", "-", "job"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await (await Deno.open(`${FIXTURES}/compose.json`)).readable.pipeTo(child.stdin);
  const { stdout, stderr, code } = await child.output();
  equal(new TextDecoder().decode(stderr), "");
  equal(code, 0);
  match(
    new TextDecoder().decode(stdout),
    /^# Imported from standard input, service job\.\n[\s\S]*--network=container:db/,
  );
});

Deno.test("import refuses a service that Compose makes no container for", async () => {
  const request = {
    files: [`${FIXTURES}/newer.json`],
    areNamed: false,
    service: "cloud",
    options: {},
  } as const;
  const { stderr, exitCode } = await importCompose(request, denoHost());
  deepEqual([exitCode, /provider: no container is made/.test(stderr)], [78, true]);
});

/** Values of the shape that the node describes, and now and then of another. */
function valuesOf(
  node: SchemaNode,
  definitions: Readonly<Record<string, SchemaNode>>,
  depth = 0,
): fc.Arbitrary<unknown> {
  const go = (inner: SchemaNode) => valuesOf(inner, definitions, depth + 1);
  if (node.$ref !== undefined) return go(definitions[node.$ref.split("/").at(-1)!]!);
  const alternatives = [...node.oneOf ?? [], ...node.anyOf ?? []];
  if (alternatives.length > 0) return fc.oneof(...alternatives.map(go));
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (depth > 6) return fc.constant(null);
  const text = fc.constantFrom(
    "",
    "a",
    "80",
    "1m",
    "64m",
    "/a",
    "a:b",
    "service:web",
    "container:x",
    "–x",
    'ä,"\n',
  );
  const kinds: Record<string, fc.Arbitrary<unknown>> = {
    string: text,
    number: fc.constantFrom(0, 1, -1.5, 1e21),
    integer: fc.constantFrom(0, 1, -1, 65536),
    boolean: fc.boolean(),
    null: fc.constant(null),
    array: node.items === undefined ? fc.constant([]) : fc.array(go(node.items), { maxLength: 2 }),
    object: fc.tuple(
      fc.record(
        Object.fromEntries(Object.entries(node.properties ?? {}).map(([key, inner]) => [key, go(inner)])),
        { requiredKeys: [] },
      ),
      fc.dictionary(text, fc.oneof(...Object.values(node.patternProperties ?? { "": {} }).map(go)), {
        maxKeys: 2,
      }),
    ).map((parts) => Object.assign({}, ...parts)),
  };
  const named = [node.type ?? "string"].flat().map((kind) => kinds[kind] ?? text);
  return fc.oneof({ weight: 20, arbitrary: fc.oneof(...named) }, { weight: 1, arbitrary: kinds.null! });
}

Deno.test("import of a service of any shape ends with a config that is right, or with a message", async () => {
  const host = denoHost();
  await using dir = await tempDir();
  const definitions = await composeSchema("forky");
  const keys = Object.entries(definitions.service?.properties ?? {});
  const service = fc.subarray(keys, { maxLength: 6 }).chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map(([key, node]) => [key, valuesOf(node, definitions)])))
  );
  let imported = 0;
  await fc.assert(
    fc.asyncProperty(service, valuesOf(definitions.network!, definitions), async (definition, network) => {
      const web = { command: null, entrypoint: null, ...definition, image: "nginx" };
      const project = { name: "shop", services: { web }, networks: { a: network }, volumes: { a: network } };
      const file = await dir.write("compose.json", JSON.stringify(project).replaceAll("$", "$$"));
      const { exitCode, stdout, stderr } = await importCompose(
        { files: [file], areNamed: false, service: "web", options: {} },
        host,
      );
      if (exitCode === 0) {
        imported++;
        const { errors } = await checkFile(await dir.write("web.yaml", stdout), host);
        deepEqual(errors.filter(({ path }) => path[0] !== "build"), [], stdout);
      } else ok(exitCode === 78 && stderr !== "", JSON.stringify(project));
    }),
    { numRuns: 1000 },
  );
  ok(imported > 100, `${imported}`);
});
