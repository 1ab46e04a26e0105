/** From a machine without the program to the first service, and back, by the README's own commands. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { pageCommands, readPage } from "../support/pages.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { compiledProgram } from "./support/compiled_program.ts";
import { EXCHANGE, type Host } from "./support/host.ts";
import { installAsReadmeSays } from "./support/readme_install.ts";

const UNIT = "service_runner@web.service";

testOnHosts("install, first service, uninstall, as the README says", async (host) => {
  const before = await traces(host);

  const output = await installAsReadmeSays(host);
  match(output, /^\+ install .*\/usr\/local\/bin\/service_runner$/m);
  match(output, /^\+ useradd .* server-acct$/m);
  match(output, /^\+ useradd .* service_runner-page$/m);
  match(
    await host.run("service_runner", "--version"),
    /^service_runner \d+\.\d+\.\d+ \(Deno [\d.]+, with InfluxDB\)\n$/,
  );
  match(await host.run("getent", "passwd", "server-acct"), /nologin$/m);
  match(await host.run("id", "-nG", "server-acct"), /\bdocker\b/);
  equal(await host.run("id", "-nG", "service_runner-page"), "service_runner-page\n");
  equal(await host.run("stat", "-c", "%U:%G %a", "/srv/config"), "server-acct:server-acct 740\n");
  const again = await host.run("service_runner", "install");
  ok(again.startsWith("Everything is installed already.\n"), again);

  await firstService(host);
  await refusesChangedUnit(host, "service_runner@.service");
  await refusesChangedUnit(host, "service_runner-update.timer");
  await refusesChangedUnit(host, "service_runner-page.socket");
  await updatesByTimer(host);
  await showsPage(host);
  await givesPageTheFolder(host);
  await update(host);

  await host.shell(await pageCommands("README.md", "Uninstall"));
  equal(await host.docker("ps", "--all", "--quiet"), "");
  const left = await traces(host);
  deepEqual(left.filter((path) => !before.includes(path)), [
    `/etc/systemd/system/${UNIT}.d`,
    `/etc/systemd/system/${UNIT}.d/mine.conf`,
    "/srv/config",
    "/srv/config/web.yaml",
  ]);
  deepEqual(before.filter((path) => !left.includes(path)), []);
  // The number of the account may be given to the next one that is made.
  equal(await host.run("find", "/srv", "-nouser"), "");
  equal(await host.run("stat", "-c", "%U", "/srv/config"), "root\n");
  equal((await host.attempt("systemctl", "cat", UNIT)).code, 1);
  equal(await host.systemctl("list-units", "--all", "--plain", "--no-legend", "service_runner@*"), "");
}, { fresh: true });

/** The config and the command of the chapter "A first service"; only the image does not come from Docker Hub. */
async function firstService(host: Host): Promise<void> {
  const { blocks } = await readPage("README.md");
  const yaml = blocks.find(({ heading, language }) => `${heading} ${language}` === "A first service yaml");
  const script = "mkdir /page; echo hello >/page/index.html; trap 'exit 0' TERM; httpd -f -h /page & wait";
  const serve = `CMD ${JSON.stringify(["sh", "-c", script])}`;
  const changes = ["--change", "ENV PATH=/bin", "--change", serve];
  await host.docker("import", ...changes, `${EXCHANGE}/base.tar`, "nginx:latest");
  await host.write("/srv/config/web.yaml", `${yaml?.text}pull: never\n`);
  await host.write(`/etc/systemd/system/${UNIT}.d/mine.conf`, "[Service]\nRestartSec=4s\n");
  await host.shell(await pageCommands("README.md", "A first service"));
  equal(await host.systemctl("is-active", UNIT), "active\n");
  match(await host.systemctl("status", UNIT), /Status: "Running since /);
  equal((await host.run("busybox", "wget", "-qO-", "http://localhost:8080/")).trim(), "hello");
}

async function refusesChangedUnit(host: Host, name: string): Promise<void> {
  const path = `/etc/systemd/system/${name}`;
  const original = await host.run("cat", path);
  await host.write(path, `${original}# mine\n`);
  for (const verb of ["install", "uninstall"]) {
    const { code, stderr } = await host.attempt("service_runner", verb);
    equal(code, 1);
    match(stderr, /^\+# mine$/m);
    match(stderr, /--force/);
    equal(await host.run("cat", path), `${original}# mine\n`);
  }
  await host.run("service_runner", "install", "--force");
  equal(await host.run("cat", path), original);
  equal(await host.systemctl("is-active", UNIT), "active\n");
}

/** Only for whoever asks for it; it is gone with the rest. */
async function updatesByTimer(host: Host): Promise<void> {
  const timer = "service_runner-update.timer";
  equal((await host.attempt("systemctl", "is-enabled", timer)).stdout, "disabled\n");
  await host.systemctl("enable", "--now", timer);
  await host.systemctl("start", "service_runner-update.service");
  const lines = await host.messages("service_runner-update.service", "SYSLOG_IDENTIFIER=service_runner");
  deepEqual(lines, ['There is no service whose config has "update"']);
}

/** Only for whoever asks for it; somebody looks while it is uninstalled. */
async function showsPage(host: Host): Promise<void> {
  const units = [
    "service_runner-page.socket",
    "service_runner-page-proxy.service",
    "service_runner-page.service",
  ];
  const [socket] = units;
  equal((await host.attempt("systemctl", "is-enabled", socket!)).stdout, "disabled\n");
  await host.systemctl("enable", "--now", socket!);
  match(await host.run("busybox", "wget", "-qO-", "http://127.0.0.1:7440/"), /<li class="service" id="web">/);
  equal(await host.systemctl("is-active", ...units), "active\n".repeat(units.length));
}

/** One of an earlier version, which the page could not list. */
async function givesPageTheFolder(host: Host): Promise<void> {
  await host.shell("chown server-acct:root /srv/config; chmod 750 /srv/config");
  await host.run("service_runner", "install");
  equal(await host.run("stat", "-c", "%U:%G %a", "/srv/config"), "server-acct:server-acct 740\n");
}

/** Installs the other flavour over the first one. */
async function update(host: Host): Promise<void> {
  await Deno.copyFile(
    await compiledProgram(["--no-influx"]),
    `${host.exchange}/release/service_runner-no_influx`,
  );
  const output = await host.run(`${EXCHANGE}/release/service_runner-no_influx`, "install");
  // Only the program is another one.
  deepEqual(output.match(/^\+ \S+/gm), ["+ install"]);
  match(await host.run("service_runner", "--version"), /, without InfluxDB\)\n$/);
  await host.systemctl("restart", UNIT);
  equal(await host.systemctl("is-active", UNIT), "active\n");
}

/** Whatever an installation could leave behind: files, accounts. What the engine keeps is its own. */
async function traces(host: Host): Promise<string[]> {
  const folders = [
    "/etc",
    "/usr",
    "/srv",
    "/run",
    "/opt",
    "/root",
    "/home",
    "/var/lib",
    "/var/cache",
    "/var/spool",
  ];
  const leftOut = [
    "/var/lib/docker",
    "/var/lib/containerd",
    "/run/docker",
    "/run/systemd",
    "/run/log",
    // The login prompts' own.
    "/run/agetty.reload",
    "/run/udev",
    "/run/containerd",
  ];
  const prune = leftOut.flatMap((path) => ["-path", path, "-prune", "-o"]);
  const files = await host.run("find", ...folders, ...prune, "-print");
  const accounts = await host.run("cat", "/etc/passwd", "/etc/group");
  return [...files.split("\n"), ...accounts.split("\n")].sort();
}
