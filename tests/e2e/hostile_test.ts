/** A container, a neighbour and a host that mean no good: what they can not do, in the unit as it is shipped. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import type { Host } from "./support/host.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

const ONCE = { dropIn: "[Service]\nRestart=no" };

/** Waits until the unit has ended by itself; yields its exit code and the line of its status. */
async function ended(service: ServiceUnit) {
  for (;;) {
    const { ActiveState, ExecMainStatus, StatusText } = await service.state();
    if (ActiveState === "failed" || ActiveState === "inactive") return { code: ExecMainStatus, StatusText };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

testOnHosts(
  "the socket of ready.when: notify: no hold for the container's root, nor for another account",
  async (host) => {
    const tries = [
      "touch x",
      "rm notify.sock",
      "ln -s /etc/shadow y",
      "chmod 0700 .",
      "chown 1:1 .",
      "mkdir z",
    ];
    const script = `cd /run/notify
${tries.map((act) => `${act} 2>/dev/null && echo "done: ${act}"`).join("\n")}
systemd-notify --ready --status="$(printf 'up \\033]0;owned\\007\\302\\2332J')"
echo told
trap 'exit 3' TERM; sleep 600 & wait`;
    await using service = await ServiceUnit.create(host, {
      script,
      image: INNER_IMAGES.notify,
      container_create_args: ["--init=false"],
      ready: { when: "notify" },
    }, ONCE);
    await service.start();
    deepEqual(await service.lines(), ["told"]);
    const folder = await host.shell('echo /run/service_runner/"$1"/n-*', service.name);
    const peeks = `ls ${folder.trim()}; echo READY=1 > ${folder.trim()}/c/notify.sock`;
    const { code } = await host.attempt("runuser", "-u", "nobody", "--", "sh", "-c", peeks);
    ok(code !== 0, "nobody gets in");
    const table = await host.run("service_runner", "status", service.name);
    match(table, /up +\]0;owned 2J/);
    // deno-lint-ignore no-control-regex -- it is what must not be there
    doesNotMatch(table, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    await service.stop();
    equal((await service.state()).Result, "success");
    equal(
      await host.shell('ls -d /run/service_runner/"$1" 2>/dev/null || echo gone', service.name),
      "gone\n",
    );
  },
);

testOnHosts("a config that has no end: the reload is refused, and a stop is heeded", async (host) => {
  await using service = await ServiceUnit.create(host, { script: IDLE });
  await service.start();
  const { MainPID } = await service.state();
  for (const make of ['mkfifo "$1"', 'ln -s /dev/zero "$1"']) {
    await host.shell(`rm -f "$1"; ${make}`, service.configPath);
    ok((await host.attempt("systemctl", "reload", service.unit)).code !== 0, "validate refuses it");
    await host.run("kill", "-HUP", MainPID);
    await service.untilStatus(/reload refused: .*it is no regular file/);
  }
  const beforeMs = performance.now();
  await service.stop();
  ok(performance.now() - beforeMs < 20_000, "the stop is heeded");
  equal(await service.container(), undefined);
});

testOnHosts("--cidfile writes through no link that the container has laid", async (host) => {
  const script = `ln -sf /srv/config/theirs /data/web.cid; ${IDLE}`;
  await host.write("/srv/config/theirs", "theirs");
  await using service = await ServiceUnit.create(host, { script });
  await host.run("chown", "server-acct:", "/srv/config/theirs", service.data);
  await service.configure({ script, container_create_args: ["--cidfile", `${service.data}/web.cid`] });
  await service.start();
  await host.systemctl("restart", service.unit);
  equal(await host.run("cat", "/srv/config/theirs"), "theirs");
  await host.run("rm", "/srv/config/theirs");
});

testOnHosts("two units with one name: the second is refused, and told who has it", async (host) => {
  await using first = await ServiceUnit.create(host, { script: IDLE });
  await first.start();
  const before = await first.container();
  await using second = await ServiceUnit.create(host, { script: IDLE, name: first.name }, ONCE);
  await second.begin("start").result;
  const { code, StatusText } = await ended(second);
  equal(code, "70");
  match(
    StatusText,
    new RegExp(`${first.unit.replaceAll(".", "\\.")} \\(process \\d+\\) runs a service of this name`),
  );
  deepEqual(await first.container(), before);
  const doctor = await host.attempt("service_runner", "doctor", second.configPath);
  match(doctor.stdout, new RegExp(`"${first.name}" is also that of ${first.configPath}`));
});

testOnHosts("a foreign container of an image that was made of ours is left alone", async (host) => {
  await using service = await ServiceUnit.create(host, { script: IDLE }, ONCE);
  await service.start();
  await host.docker("commit", service.name, "copy:1");
  await service.stop();
  await host.docker("run", "--detach", "--name", service.name, "copy:1");
  const foreign = await host.docker("inspect", "--format", "{{.Id}}", service.name);
  await service.begin("start").result;
  equal((await ended(service)).code, "70");
  equal(await host.docker("inspect", "--format", "{{.Id}}", service.name), foreign);
  await host.docker("rm", "--force", service.name);
  await host.docker("rmi", "copy:1");
});

testOnHosts(
  "a command in the container that hangs: all of it is killed, each time, and told",
  async (host) => {
    const seconds = 100_000 + Math.floor(Math.random() * 900_000);
    const command =
      `echo >>/data/runs; trap '' TERM; (sleep ${seconds} &); while :; do sleep ${seconds}; done`;
    await using service = await ServiceUnit.create(host, {
      script: IDLE,
      monitor: { check_internal_command: [{ shell_command: command, timeout: "1s", frequency: 5 }] },
    });
    await service.start();
    const runs = async () => (await host.shell('cat "$1/runs" 2>/dev/null | wc -l', service.data)).trim();
    for (const run of ["1", "2", "3"]) {
      await poll(30_000, `run ${run}`, async () => await runs() === run || undefined);
      const isGone = async () =>
        (await host.attempt("pgrep", "-f", `sleep ${seconds}`)).code === 1 || undefined;
      await poll(30_000, "the end of the command", isGone);
      equal(await runs(), run, "it has not ended before the next run");
    }
    await service.untilStatus(/failing \(no result within 1 s\)/);
  },
);

testOnHosts(
  "five hundred checks a second by commands, under the unit's limits: none fails for want of anything",
  async (host) => {
    equal(await limitOf(host), "65536");
    await using service = await ServiceUnit.create(host, { script: IDLE });
    // More than this machine can do: each misses turns, and up to a hundred run at any time.
    const commands = Array.from({ length: 500 }, (_, index) => ({
      shell_command: `echo ${index} >>${service.data}/runs`,
      name: `check ${index}`,
      frequency: 1,
      timeout: "60s",
    }));
    await host.run("chmod", "777", service.data);
    await service.configure({ script: IDLE, monitor: { check_shell_command: commands } });
    await service.start();
    const count = async () => Number(await host.shell('cat "$1/runs" 2>/dev/null | wc -l', service.data));
    await poll(180_000, "2500 runs", async () => await count() >= 2500 || undefined);
    await service.untilStatus(/501 checks pass/);
    const complaints = (await service.records()).filter(({ source, message }) =>
      source === "monitoring" && !/^A check takes longer than the frequency allows/.test(message)
    );
    deepEqual(complaints, []);
  },
  { inTurn: true },
);

async function limitOf(host: Host): Promise<string> {
  return (await host.show("service_runner@any.service", "LimitNOFILE")).LimitNOFILE;
}
