/** tests/fixtures/docker_run/lines.sh: what the documentation of popular images tells people to type. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { importRun } from "../../../src/commands/import.ts";
import { checkFile } from "../../../src/commands/validate/check_file.ts";
import { loadServiceConfig } from "../../../src/config/load_config.ts";
import { isLatest } from "../../../src/engine/image_reference.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { Host } from "../../../src/host/host.ts";
import { gatherInputs, planService } from "../../../src/start/plan_service.ts";
import { FLAGS_BY_NAME } from "../../../src/plan/flags/create_flags.ts";
import { translateCreate } from "../../../src/plan/body/translate_create.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const LINES = `${import.meta.dirname}/../../fixtures/docker_run/lines.sh`;

/** The words of a line as the shell hands them over. */
async function shellWords(line: string, cwd: string): Promise<string[]> {
  const program = `set -- ${line.replaceAll("`", "\\`")}; printf '%s\\0' "$@"`;
  const { stdout, success } = await new Deno.Command("sh", { args: ["-c", program], cwd }).output();
  ok(success, line);
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

/** What `plan --` prints of a line, with what a service always has in place of what it overrides. */
async function planOfLine(words: readonly string[], host: Host) {
  const args = words.slice(words.findIndex((word) => word === "run") + 1)
    .filter((word) => !/^(-d|--detach|--sig-proxy.*)$/.test(word))
    .map((word) => word.replace(/^-d(?=p)/, "-"));
  const request = translateCreate(args, await gatherInputs(args, host.cwd(), host));
  ok(request.kind === "create", JSON.stringify(request));
  return comparable(request);
}

function comparable({ image, platform, query, body }: {
  readonly image: string;
  readonly platform: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly body: object;
}) {
  const { HostConfig = {}, Healthcheck: _, ...rest } = body as Record<string, object>;
  const { RestartPolicy: __, AutoRemove: ___, ...host } = HostConfig as Record<string, unknown>;
  return { image, platform, query: { ...query, name: undefined }, body: { ...rest, HostConfig: host } };
}

async function importLine(words: readonly string[], dir: TempDir, host: Host) {
  const { stdout, stderr, exitCode } = await importRun(words, host);
  equal(stderr, "");
  equal(exitCode, 0);
  const file = await dir.write("imported/service.yaml", stdout);
  deepEqual((await checkFile(file, host)).errors, [], stdout);
  const loaded = await loadServiceConfig(file, host);
  return { text: stdout, config: loaded.config, plan: await planService(loaded, host) };
}

Deno.test("a config imported from a docker run line plans the same container", async (t) => {
  await using dir = await tempDir();
  await dir.write("lab.env", "A=1\n");
  const host = { ...denoHost(), cwd: () => dir.path };
  const lines = (await Deno.readTextFile(LINES)).trim().split("\n");
  ok(lines.length >= 30);
  for (const line of lines) {
    await t.step(line.slice(0, 100), async () => {
      const words = await shellWords(line, dir.path);
      const { config, plan, text } = await importLine(words, dir, host);
      deepEqual(comparable({ ...plan, ...plan.create }), await planOfLine(words, host), text);
      const name = words[words.indexOf("--name") + 1];
      if (words.includes("--name")) equal(config.name, name);
      const once = isLatest(config.image) ? "prefer" : "missing";
      equal(config.pull, line.includes("--pull always") ? "always" : once);
      // What the import itself adds is nothing that it would be warned of.
      const { warnings } = await checkFile(await dir.write("imported.yaml", text), host);
      deepEqual(warnings.filter(({ path: [key] }) => key !== "container_create_args"), []);
    });
  }
});

Deno.test("what a service does not need of a docker run line is a comment, or left out", async () => {
  await using dir = await tempDir();
  const host = { ...denoHost(), cwd: () => dir.path };
  const words = "docker run -d --restart unless-stopped --rm --detach-keys x -e TOKEN library/web:2".split(
    " ",
  );
  const { text, config } = await importLine(words, dir, host);
  equal(config.name, "web");
  deepEqual(config.containerCreateArgs, ["--env=TOKEN"]);
  for (
    const comment of [
      /^# restart unless-stopped: /m,
      /^# --detach-keys: /m,
      /^# No --name was given/m,
      /--env=TOKEN # from/,
    ]
  ) {
    ok(comment.test(text), `${comment}: ${text}`);
  }
});

Deno.test("import refuses what docker run would refuse, and says what", async () => {
  const host = denoHost();
  const cases: [words: string[], expected: RegExp][] = [
    ["docker run -d --publich 80:80 nginx", /unknown flag: --publich \(did you mean --publish\?\)/],
    ["docker run -d", /no image is named/],
    ["docker run -p 80:x nginx", /invalid containerPort/],
    ["docker run Nginx", /image: .*must be lowercase/],
    ["docker run --health-cmd true --health-interval soon nginx", /--health-interval.*duration "soon"/],
    ["docker run --health-cmd true --health-retries many nginx", /--health-retries.*"many"/],
    ["docker run --health-cmd true --no-healthcheck nginx", /--no-healthcheck conflicts/],
    ["docker run --pull sometimes nginx", /pull option: "sometimes"/],
    ["docker ps", /"docker run" is expected, got "docker ps"/],
    // As web pages print a line, and as it is then pasted.
    ["docker run -d –name web nginx", /"–name" begins with a long dash.*write "--name"/],
    ["docker run —d nginx", /write "-d"/],
    ["docker run nginx −−name web", /"−−name" begins with a long dash.*write "--name"/],
    ["docker run --name “web” nginx", /"“web”" has quotes as web pages print them/],
    ["docker run -e A=“b” nginx", /"A=“b”" has quotes as web pages print them/],
    ["docker run -d \\ nginx", /"\\" stands alone/],
    [
      "docker run --restart sometimes nginx",
      /--restart: "sometimes" is no policy; must be one of no, always/,
    ],
    ["docker run --help nginx", /"--help" creates no container/],
    ["docker run -d -name web nginx", /unknown shorthand flag: "n".*did you mean --name/],
    ["docker run [OPTIONS] IMAGE", /image: .*must be lowercase/],
  ].map(([line, expected]) => [String(line).split(" "), expected as RegExp]);
  cases.push(
    [["docker", "run", "<your image>"], /image: invalid reference format: "<your image>"/],
    [["docker run -d nginx"], /the whole line is one word.*leave out the quotes/],
    [["docker", "run", ""], /image: invalid reference format: ""/],
  );
  for (const [words, expected] of cases) {
    const { stdout, stderr, exitCode } = await importRun(words, host);
    equal(stdout, "");
    ok(exitCode === 64 || exitCode === 78);
    ok(expected.test(stderr), stderr);
  }
});

Deno.test("import finds the line behind what else is pasted with it", async () => {
  for (
    const line of [
      "$ docker run nginx",
      "# docker run nginx",
      "sudo -u me docker run nginx",
      "A=b podman run nginx",
    ]
  ) {
    const { stdout, stderr, exitCode } = await importRun(line.split(" "), denoHost());
    equal(stderr, "");
    ok(exitCode === 0 && stdout.includes("\nimage: nginx\n") && !stdout.includes("service_args"), stdout);
  }
});

Deno.test("import ends with a config or a message whatever the words are", async () => {
  const host = denoHost();
  const flag = fc.tuple(
    fc.constantFrom(...FLAGS_BY_NAME.keys()),
    fc.constantFrom("", "a", "1", "1:2", "a=b", "/x:/y", "–"),
  )
    .map(([name, value]) => `--${name}=${value}`);
  const word = fc.oneof(
    flag,
    fc.constantFrom("docker", "run", "-", "–name", "<x>", "A", "a:b@c", "'"),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
      const { stdout, stderr, exitCode } = await importRun(words, host);
      ok(
        exitCode === 0 ? stdout !== "" : [64, 78].includes(exitCode) && stderr !== "",
        JSON.stringify(words),
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("import writes every word so that it is read as it was", async () => {
  await using dir = await tempDir();
  const host = { ...denoHost(), cwd: () => dir.path };
  const strange = fc.constantFrom(
    "-",
    "? a",
    "a #b",
    "%",
    "@x",
    "!x",
    "&a",
    "*a",
    "|",
    "<<",
    "=",
    "~",
    "1e3",
    "0x1",
    "NO",
    "a: b",
  );
  const word = fc.oneof(fc.string(), fc.string({ unit: "binary" }), strange).map((text) =>
    text.replaceAll("\0", "")
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
      const { config } = await importLine(
        ["docker", "run", "--name", "web", "nginx", "sh", ...words],
        dir,
        host,
      );
      deepEqual(config.serviceArgs, ["sh", ...words]);
    }),
    { numRuns: 300 },
  );
});
