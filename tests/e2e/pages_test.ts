/** README.md and .github/docs on whole hosts: each command and each config, as it stands, one page after the other. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Block, type Page, readPages } from "../support/pages.ts";
import { poll } from "../support/event_log.ts";
import { progress } from "../support/progress.ts";
import { addCompose } from "./support/compose_plugin.ts";
import { openDockerHub } from "./support/docker_hub.ts";
import type { Host } from "./support/host.ts";
import { installAsReadmeSays } from "./support/readme_install.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const UNIT = "service_runner@web.service";
const WAIT_MS = 60_000;
/**
 * Now and then `journalctl --follow` has a line only when the journal has got the next one: where it looks in the moment
 * in which the line is written, counted already and not yet found by its unit, it takes the line for read. One more line
 * is enough then, and has to be seen itself; a pipeline that keeps lines back does not show that one either.
 */
const MISSED_MS = 20_000;

/** What pages take for granted. */
const FILES = {
  "/root/compose.yaml": "services: {web: {image: nginx}}\n",
  "/srv/config/shop/Dockerfile": "FROM nginx AS production\n",
  "/etc/shop/npm_token": "of-a-test\n",
  "/etc/service_runner/influxdb-token": "of-a-test\n",
};
const LAST_HEADING = "Uninstall";
/** A config that is wrong, and has what jq takes for the beginning of an object. */
const WRONG_CONFIG = "name: web\nimage: nginx\nmonitr: {check_http: [{path: /}]}\n";

testOnHosts("each command and config of README and pages, as it stands", async (host) => {
  const pages = await readPages();
  const [readme, ...others] = pages as [Page, ...Page[]];
  await using _ = await openDockerHub(host, imagesOf(pages));
  for (const [path, content] of Object.entries(FILES)) await host.write(path, content);
  await using __ = await addCompose(host);
  await installAsReadmeSays(host);
  const web = readme.blocks.find(({ heading, language }) =>
    `${heading} ${language}` === "A first service yaml"
  );
  ok(web);
  const run = async (page: Page, blocks: readonly Block[]) => {
    for (const block of blocks) await tryBlock(host, page, block);
  };
  await run(
    readme,
    readme.blocks.filter(({ heading }) => heading !== LAST_HEADING && heading !== "What you see"),
  );
  await start(host, UNIT, readme);
  await lookAtPictures(host, readme);
  await startConfigs(host, readme);
  for (const page of others) {
    await writeConfig(host, web);
    await start(host, UNIT, page);
    await run(page, page.blocks);
    await startConfigs(host, page);
  }
  await run(readme, readme.blocks.filter(({ heading }) => heading === LAST_HEADING));
}, { fresh: true });

/** All that Docker Hub has to have. */
function imagesOf(pages: readonly Page[]): string[] {
  const configs = pages.flatMap(({ blocks }) => blocks).filter(isService);
  const images = configs.filter(({ text }) => !/^build:/m.test(text)).map(({ text }) =>
    /^image: (\S+)/m.exec(text)?.[1]
  );
  return [...new Set(images as string[])];
}

function isService({ language, kind }: Block): boolean {
  return language === "yaml" && kind === "";
}

async function tryBlock(host: Host, page: Page, block: Block): Promise<void> {
  const { language, kind, text } = block;
  try {
    if (isService(block) || kind === "swarm") return await writeConfig(host, block);
    if (kind === "prometheus") return;
    if (language === "yaml") return await writeMachineConfig(host, block);
    if (language === "ini") return await verifyDropIn(host, block);
    if (language === "text" && kind === "refused") return await isRefused(host, block);
    // Pictures have their turn when there is something to see.
    if (language === "text") return;
    if (kind.endsWith("_test")) return;
    if (kind === "follow") return await follow(host, text.trimEnd());
    if (text.includes("| jq")) return await readJournal(host, text);
    await host.run("bash", "-euo", "pipefail", "-c", `cd /root; ${text}`);
  } catch (error) {
    throw new Error(`${page.path}, "${block.heading}":\n${text}`, { cause: error });
  }
}

async function writeConfig(host: Host, { text }: Block): Promise<void> {
  const path = `/srv/config/${nameOf(text)}.yaml`;
  await host.write(path, text);
  await host.run("service_runner", "validate", path);
}

function nameOf(config: string): string {
  return /^name: (\S+)/m.exec(config)?.[1] as string;
}

async function writeMachineConfig(host: Host, { text }: Block): Promise<void> {
  await host.write("/etc/service_runner/config.yaml", text);
  await host.run("service_runner", "validate", "/etc/service_runner/config.yaml");
}

/** In a unit that has nothing else. */
async function verifyDropIn(host: Host, { text }: Block): Promise<void> {
  const isTimer = text.startsWith("[Timer]");
  const path = `/run/systemd/system/of-a-page.${isTimer ? "timer" : "service"}`;
  const before = isTimer
    ? "[Timer]\nUnit=service_runner-update.service\n"
    : "[Service]\nExecStart=/bin/true\n";
  await host.write(path, `${before}${text}`);
  const { code, stderr } = await host.attempt("systemd-analyze", "verify", "--man=no", path);
  equal(code, 0, stderr);
  // It also tells of the units that this one names.
  deepEqual(stderr.split("\n").filter((line) => line.includes("of-a-page")), []);
  await host.run("rm", path);
}

/** The file stands in the message itself, line by line. */
async function isRefused(host: Host, { text }: Block): Promise<void> {
  const path = /"(\S+)":\n/.exec(text)?.[1] as string;
  const kept = await host.run("cat", path);
  await host.write(path, [...text.matchAll(/^ +\d+ \| (.*\n)/gm)].map(([, line]) => line).join(""));
  const { code, stderr } = await host.attempt("service_runner", path);
  await host.write(path, kept);
  equal(code, 78);
  equal(stderr, text);
}

/** Starts each config of a page, and stops it again; then the page is over. */
async function startConfigs(host: Host, page: Page): Promise<void> {
  for (const name of new Set(page.blocks.filter(isService).map(({ text }) => nameOf(text)))) {
    await start(host, `service_runner@${name}.service`, page);
    await host.systemctl("stop", `service_runner@${name}.service`);
  }
  await host.shell(END_OF_PAGE);
}

const END_OF_PAGE = `systemctl stop 'service_runner@*'
docker ps --all --quiet | xargs --no-run-if-empty docker rm --force
rm /srv/config/*.yaml`;

/** Pages start their services more often than systemd lets anybody do. */
async function forgetStarts(host: Host, unit: string): Promise<void> {
  await host.attempt("systemctl", "reset-failed", unit);
}

/** Starts it anew, with the config that is there now. */
async function start(host: Host, unit: string, page: Page): Promise<void> {
  await forgetStarts(host, unit);
  const { code } = await host.attempt("systemctl", "restart", unit);
  const said = async () => (await host.messages(unit)).slice(-10).join("\n");
  equal(code, 0, `${page.path}: ${unit} does not start:\n${code === 0 ? "" : await said()}`);
}

/** Each is of the service when it is well; each further one, of the service when its page is gone. */
async function lookAtPictures(host: Host, readme: Page): Promise<void> {
  const pictures = readme.blocks.filter(({ language, kind }) => language === "text" && kind !== "refused");
  ok(pictures.length >= 2);
  for (const { kind, text } of pictures) {
    const lines = text.trimEnd().split("\n").map(shape);
    let shown = "";
    await poll(WAIT_MS, `what the README shows of "${kind}"`, async () => {
      shown = await host.run("sh", "-c", `${kind} || true`);
      const shapes = shown.split("\n").map(shape);
      return lines.every((line) => shapes.includes(line)) || undefined;
    }).catch((error) => {
      throw new Error(`Instead of\n${text}there is\n${shown}`, { cause: error });
    });
    await host.docker("exec", "web", "rm", "-f", "/usr/share/nginx/html/index.html");
  }
  await host.systemctl("restart", UNIT);
}

/** A line without what differs from one moment to the next: numbers, durations, bars, blanks. */
function shape(line: string): string {
  return line.replace(/\d+/g, "0").replace(/(0(h|m|s|ms))+/g, "0s").replace(/[▁-█×]+/g, "▁").replace(
    / +/g,
    " ",
  );
}

/** Each line of the block finds something in a journal that has other things than records, and has nothing to complain of. */
async function readJournal(host: Host, text: string): Promise<void> {
  await host.docker("exec", "web", "sh", "-c", "echo trouble >/proc/1/fd/2");
  await failToStart(host);
  for (const command of text.trimEnd().split("\n")) {
    const { code, stdout, stderr } = await host.attempt("bash", "-euo", "pipefail", "-c", command);
    deepEqual({ code, stderr }, { code: 0, stderr: "" }, command);
    ok(stdout !== "", command);
  }
}

/** Lets the journal have the text of a wrong config, of which jq can make nothing. */
async function failToStart(host: Host): Promise<void> {
  const kept = await host.run("cat", "/srv/config/web.yaml");
  await host.write("/srv/config/web.yaml", WRONG_CONFIG);
  await forgetStarts(host, UNIT);
  equal((await host.attempt("systemctl", "restart", UNIT)).code, 1);
  await host.write("/srv/config/web.yaml", kept);
  await host.systemctl("restart", UNIT);
  ok((await host.messages(UNIT)).some((line) => line.includes("{") && !line.startsWith("{")));
}

/** In a terminal: what the container says is seen at once, whatever else the journal has got in the meantime. */
async function follow(host: Host, command: string): Promise<void> {
  await failToStart(host);
  const unit = `follow-${crypto.randomUUID().slice(0, 8)}`;
  await host.run("systemd-run", "--quiet", `--unit=${unit}`, "script", "-qfec", command, `/run/${unit}`);
  const seen = async (what: string, timeoutMs = WAIT_MS) => {
    const isSeen = async () =>
      (await host.attempt("grep", "-q", what, `/run/${unit}`)).code === 0 || undefined;
    await poll(timeoutMs, `${what} by ${command}`, isSeen).catch(async (error) => {
      const shown = await host.run("tail", "-n", "20", `/run/${unit}`);
      const journal = (await host.messages(UNIT)).slice(-10).join("\n");
      throw new Error(`It has shown:\n${shown}\nThe journal ends with:\n${journal}`, { cause: error });
    });
  };
  const seenSaid = async (line: string, timeoutMs: number) => {
    await host.docker("exec", "web", "sh", "-c", `echo ${line} >/proc/1/fd/1`);
    await seen(line, timeoutMs);
  };
  await seen("The service is ready");
  for (const marker of ["first", "second"]) {
    await seenSaid(`${marker}-${unit}`, MISSED_MS).catch(async () => {
      progress(`Debian ${host.debian}: "${command}" does not show "${marker}"; will it with one more line?`);
      await seenSaid(`${marker}-again-${unit}`, WAIT_MS);
    });
    await failToReload(host);
  }
  await host.systemctl("stop", unit);
}

/** The service goes on; what is wrong with the file stands in its journal. */
async function failToReload(host: Host): Promise<void> {
  const kept = await host.run("cat", "/srv/config/web.yaml");
  await host.write("/srv/config/web.yaml", WRONG_CONFIG);
  equal((await host.attempt("systemctl", "reload", UNIT)).code, 1);
  await host.write("/srv/config/web.yaml", kept);
}
