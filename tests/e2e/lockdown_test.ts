/** The unit is locked up: how well, and what can still be done in it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ACCOUNT } from "../support/registry.ts";
import { pageCommands } from "../support/pages.ts";
import { testOnHosts, testSideBySide } from "./support/test_on_hosts.ts";
import type { Host } from "./support/host.ts";
import { PrivateSite } from "./support/private_site.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

/** With the exposure that each may have at most. */
const UNITS = {
  "service_runner@x.service": 1.8,
  "service_runner-update.service": 1.8,
  "service_runner-page.service": 0.8,
  "service_runner-page-proxy.service": 0.4,
};

testOnHosts("systemd finds nothing wrong with the units, and little exposure", async (host) => {
  const units = [...Object.keys(UNITS), "service_runner-update.timer", "service_runner-page.socket"];
  const verified = await host.attempt("systemd-analyze", "verify", "--man=no", ...units);
  // As the unit says itself, they are new with systemd 254.
  const unknown = /^.*Unknown key (?:name )?'Restart(?:Steps|MaxDelaySec)' in section.*\n/gm;
  const stderr = verified.stderr.replace(unknown, "");
  deepEqual({ ...verified, stderr }, { code: 0, stdout: "", stderr: "" });
  for (const [unit, limit] of Object.entries(UNITS)) {
    const report = await host.run("systemd-analyze", "security", "--no-pager", unit);
    const exposure = /Overall exposure level for \S+: (\d+\.\d+) /.exec(report)?.[1];
    ok(Number(exposure) <= limit, report);
  }
});

/** What a check on the host may do, by the page about the sandbox. */
const ALLOWED: Readonly<Record<string, string>> = {
  "read the machine's files": "cat /etc/os-release",
  "write into /tmp": "echo x >/tmp/file && cat /tmp/file",
  "write where the account may, in /srv": "touch /srv/config/file && rm /srv/config/file",
  "write into the state folder": 'echo x >"$STATE_DIRECTORY/file"',
  "look at processes": "ps ax | grep '[d]ockerd'",
  "look at memory and disks": "free && df /",
  "ask systemd": "systemctl is-active docker.service",
  "ask the engine": "docker version && docker ps",
  "speak TCP": "busybox nc -l -p 23456 </dev/null & sleep 1; busybox nc -w 2 127.0.0.1 23456 </dev/null",
};

/** What it may not, and the drop-in that allows it. */
const FORBIDDEN: Readonly<Record<string, readonly [script: string, dropIn: string]>> = {
  "write elsewhere": ["touch /var/spool/thing/file", "ReadWritePaths=/var/spool/thing"],
  "write into a home": ["touch /home/thing/file", "ProtectHome=no\nReadWritePaths=/home/thing"],
  "see the /tmp of others": ["cat /tmp/of-others", "PrivateTmp=no"],
  "see devices": ["cat /dev/thing", "PrivateDevices=no"],
  "make namespaces": ["unshare --user true", "RestrictNamespaces=no"],
};

/** Nor by a drop-in. */
const NEVER_ALLOWED = { "become root": '[ "$(/usr/local/bin/as-root -u)" = 0 ]' };

const PREPARATION = `mkdir -p /var/spool/thing /home/thing
chown server-acct /var/spool/thing /home/thing
echo x >/tmp/of-others
mknod -m 666 /dev/thing c 1 3
cp /usr/bin/id /usr/local/bin/as-root
chmod 4755 /usr/local/bin/as-root`;

const CLEAN_UP = "rm -r /var/spool/thing /home/thing /tmp/of-others /dev/thing /usr/local/bin/as-root";

testOnHosts("what a check on the host may do, and may not without a drop-in", async (host) => {
  await host.shell(PREPARATION);
  const scripts = Object.fromEntries(Object.entries(FORBIDDEN).map(([name, [script]]) => [name, script]));
  const dropIns = Object.values(FORBIDDEN).map(([, dropIn]) => dropIn);
  const all = (commands: object, worked: boolean) =>
    Object.fromEntries(Object.keys(commands).map((name) => [name, worked]));
  try {
    deepEqual(await whatWorks(host, ALLOWED, []), all(ALLOWED, true));
    const refused = { ...scripts, ...NEVER_ALLOWED };
    deepEqual(await whatWorks(host, refused, []), all(refused, false));
    deepEqual(await whatWorks(host, refused, dropIns), {
      ...all(scripts, true),
      ...all(NEVER_ALLOWED, false),
    });
  } finally {
    await host.shell(CLEAN_UP);
  }
});

/** Runs commands in place of the program, as a check on the host would; says of each whether it worked. */
async function whatWorks(
  host: Host,
  commands: Readonly<Record<string, string>>,
  dropIns: readonly string[],
): Promise<Record<string, boolean>> {
  const unit = `service_runner@sandbox-${crypto.randomUUID().slice(0, 8)}.service`;
  const names = Object.keys(commands);
  const script = Object.values(commands).map((command, index) =>
    `if ( ${command} ); then echo "works ${index}"; fi`
  );
  await host.write(`/srv/${unit}.sh`, script.join("\n"));
  const program = `Type=oneshot\nRestart=no\nExecStart=\nExecStart=/bin/sh /srv/${unit}.sh`;
  await host.write(
    `/run/systemd/system/${unit}.d/test.conf`,
    ["[Service]", program, ...dropIns, ""].join("\n"),
  );
  await host.systemctl("daemon-reload");
  await host.systemctl("start", unit);
  const messages = await host.messages(unit);
  await host.shell('rm -r "/run/systemd/system/$1.d" "/srv/$1.sh"; systemctl daemon-reload', unit);
  return Object.fromEntries(names.map((name, index) => [name, messages.includes(`works ${index}`)]));
}

testSideBySide("a private registry", {
  "pull and reload with a credential that only root can read; files beside the config": async (host) => {
    await using site = await PrivateSite.open(host);
    const config = {
      image: await site.relay.pushNewImage(),
      pull: "always",
      script: `echo "the greeting is $GREETING"; ${IDLE}`,
      "container_create_args": ["--env-file", "greeting.env", "--cidfile", "greeting.cid"],
    };
    await host.write("/srv/config/greeting.env", "GREETING=hello\n");
    await using service = await ServiceUnit.create(host, config, {
      dropIn: `[Service]\nLoadCredential=docker-config:${await site.writeCredentials(host)}`,
    });
    await service.start();
    await service.untilRecord("the variable", ({ message }) => message === "the greeting is hello");
    equal((await host.run("cat", "/srv/config/greeting.cid")).trim(), (await service.container())?.id);

    await service.configure({ ...config, image: await site.relay.pushNewImage() });
    const before = (await service.container())?.id;
    await host.systemctl("reload", service.unit);
    await service.untilRecord(
      "the reload",
      ({ message }) => message === "Reloaded: the container is a new one",
    );
    ok((await service.container())?.id !== before);
    await service.stop();
    equal((await host.attempt("cat", "/srv/config/greeting.cid")).code, 1);
    ok(!(await host.messages(service.unit)).join("\n").includes(ACCOUNT.password));
  },

  "a build from a base image there, with a credential that only root can read": async (host) => {
    await using site = await PrivateSite.open(host);
    const folder = `/srv/config/build-${site.relay.port}`;
    const image = `e2e/build-${site.relay.port}`;
    await host.write(`${folder}/Dockerfile`, `FROM ${await site.relay.pushNewImage()}\n`);
    const config = { image, build: { context: folder }, pull: "always", script: IDLE };
    const credentials = await site.writeCredentials(host);
    await using service = await ServiceUnit.create(host, config, {
      dropIn: `[Service]\nLoadCredential=docker-config:${credentials}`,
    });
    await service.start();
    equal((await host.attempt("grep", "-r", "auths", `/run/service_runner/${service.name}`)).code, 1);
    ok(!(await host.messages(service.unit)).join("\n").includes(ACCOUNT.password));
    await service.stop();
    await host.shell('rm -r "$1"; docker rmi "$2"', folder, image);
  },

  "the page's docker login; then the password is changed: the start fails, and says why without it": async (
    host,
  ) => {
    await using site = await PrivateSite.open(host);
    const image = await site.relay.pushNewImage();
    const login = `login --username ${ACCOUNT.username} --password-stdin 127.0.0.1:${site.relay.port}`;
    const commands = await pageCommands(".github/docs/registry.md", "A private registry");
    const script = commands.replace("login registry.example.com", `${login} <"$1"`);
    ok(script !== commands, "the page does not say how to log in");
    await host.write("/run/e2e-password", ACCOUNT.password);
    await host.shell(script, "/run/e2e-password");
    const config = { image, pull: "always", script: IDLE };
    await using service = await ServiceUnit.create(host, config, { dropIn: "[Service]\nRestart=no" });
    await service.start();
    const pulling = await service.untilRecord("the pull", ({ message }) => message.startsWith("Pulling "));
    equal(pulling.data.credentials, "/srv/.docker/config.json");
    await service.stop();

    await host.write("/srv/.docker/config.json", site.dockerConfig("not-the-password"));
    equal((await service.begin("start").result).code, 1);
    const { ExecMainStatus, StatusText } = await service.state();
    equal(ExecMainStatus, "70");
    match(StatusText, /^Failed: Cannot pull the image/);
    const journal = (await host.messages(service.unit)).join("\n");
    for (const secret of [ACCOUNT.password, "not-the-password"]) ok(!journal.includes(secret));
    await host.run("rm", "-r", "/srv/.docker", "/run/e2e-password");
  },
});
