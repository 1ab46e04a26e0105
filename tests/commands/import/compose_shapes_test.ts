/** Whatever a service looks like: import ends with a config that `validate` and `plan` take, or with a message. */
import { deepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { importCompose } from "../../../src/commands/import.ts";
import { checkFile } from "../../../src/commands/validate/check_file.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { Host } from "../../../src/host/host.ts";
import {
  COMPOSE_SUITES,
  composeSchema,
  hostWithCompose,
  type SchemaNode,
} from "../../support/docker_compose.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { serviceShapes, type Shape, shapesOf } from "./compose_shapes.ts";

const RUNS = 1000;
/** Compose takes a tenth of a second for each. */
const COMPOSE_RUNS = 50;

/** What was not imported well, once. */
const FOUND = [
  { build: { context: "/srv/app", dockerfile: "", target: null } },
  { "blkio_config": { "device_read_iops": [{}] } },
];

/** Of the places where a secret may come from, Compose takes one at a time. */
const OF_A_FILE: SchemaNode = {
  type: "object",
  required: ["file"],
  properties: { file: { type: "string" } },
};

/** What stands beside the services: something of each kind. */
function surroundings(shape: Shape) {
  const { network, volume, secret, config } = shape.definitions;
  const some = (names: readonly string[], node: SchemaNode) =>
    fc.record(Object.fromEntries(names.map((name) => [name, shapesOf(node, shape)])), { requiredKeys: [] });
  return fc.record({
    networks: some(["default", "a"], network!),
    volumes: some(["data", "a"], volume!),
    secrets: some(["secret", "a"], shape.isOdd ? secret! : OF_A_FILE),
    configs: some(["secret", "a"], shape.isOdd ? config! : OF_A_FILE),
  }, { requiredKeys: [] });
}

/** Whether it is imported; where it is not, for a reason that is told. */
async function endsWell(project: unknown, dir: TempDir, host: Host): Promise<boolean> {
  const text = JSON.stringify(project).replaceAll("$", "$$$$");
  const file = await dir.write("shop/compose.yaml", text);
  const request = { files: [file], areNamed: false, service: "web", options: {} } as const;
  const { exitCode, stdout, stderr } = await importCompose(request, host);
  if (exitCode !== 0) {
    ok(exitCode === 78 && /^service_runner import: [^\n]{3,}/m.test(stderr), `${stderr}: ${text}`);
    ok(!/TypeError|[:="]undefined|\[object|\n +at /.test(stderr), `${stderr}: ${text}`);
    return false;
  }
  const { errors } = await checkFile(await dir.write("shop/web.yaml", stdout), host);
  // The folders of builds are not there.
  const found = errors.filter(({ path, message }) =>
    path[0] !== "build" || !/ no such folder$/.test(message)
  );
  deepEqual(found, [], `${text}\n${stdout}`);
  return true;
}

Deno.test("import of what Compose prints, whatever it is, ends with a config or a message", async () => {
  await using dir = await tempDir();
  const shape = { definitions: await composeSchema("forky"), isOdd: true };
  const host = denoHost();
  let imported = 0;
  await fc.assert(
    fc.asyncProperty(serviceShapes(shape, 6), surroundings(shape), async (keys, beside) => {
      const web = { command: null, entrypoint: null, ...keys, image: "nginx" };
      const services = { web, db: { command: null, entrypoint: null, image: "mysql:8" } };
      if (await endsWell({ name: "shop", services, ...beside }, dir, host)) imported++;
    }),
    { numRuns: RUNS, examples: FOUND.map((keys) => [keys, {}]) },
  );
  ok(imported > RUNS / 10, `${imported}`);
});

Deno.test("import of any Compose file ends with a config or a message", async (t) => {
  for (const suite of COMPOSE_SUITES) {
    await t.step(suite, async () => {
      await using dir = await tempDir();
      const shape = { definitions: await composeSchema(suite), isOdd: false };
      const host = await hostWithCompose(suite);
      let imported = 0;
      await fc.assert(
        fc.asyncProperty(serviceShapes(shape, 3), surroundings(shape), async (keys, beside) => {
          const services = { web: { ...keys, image: "nginx" }, db: { image: "mysql:8" } };
          if (await endsWell({ name: "shop", services, ...beside }, dir, host)) imported++;
        }),
        { numRuns: COMPOSE_RUNS },
      );
      ok(imported > COMPOSE_RUNS / 10, `${imported}`);
    });
  }
});
