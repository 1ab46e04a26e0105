// deno-lint-ignore-file camelcase -- the keys are as the user writes them
/** Checks by command, in the container and on the host, against the real engine. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import { buildImage } from "../support/images.ts";
import { processesWith } from "../support/processes.ts";
import { ServiceBed } from "../support/service_bed.ts";
import type { ServiceProcess } from "../support/service_process.ts";

const UP = "trap 'exit 0' TERM; echo up; sleep 600 & wait";
const SHELL_LESS_IMAGE = "service_runner-test/shell-less:latest";

Deno.test("commands in the container and on the host: passing, failing, timing out, recovering", async () => {
  await using bed = await ServiceBed.create("checks");
  const mark = `mark-${crypto.randomUUID()}`;
  const script = (folder: string) =>
    `: ${mark}; case $(cat ${folder}/mode) in good) exit 0;; bad) exit 7;; esac; sleep 100 & while :; do sleep 1; done`;
  await bed.dir.write("mode", "good");
  const common = { frequency: 1, timeout: "1500ms" };
  const here = script(bed.dir.path);
  const service = await bed.run({
    ...bed.script(UP),
    container_create_args: ["--volume", `${bed.dir.path}:/shared:ro`],
    monitor: {
      check_internal_command: [
        { ...common, name: "inside", shell_command: script("/shared") },
        { ...common, name: "inside, by exe", exe: "/bin/sh", arguments: ["-c", script("/shared")] },
      ],
      check_shell_command: [{ ...common, name: "shell", shell_command: here }],
      check_exe: [{ ...common, name: "exe", exe: "/bin/sh", arguments: ["-c", here] }],
    },
  });
  await bed.ready();
  const names = ["inside", "inside, by exe", "shell", "exe"];
  for (
    const [mode, expected] of [["bad", /exit code 7, expected 0/], [
      "hang",
      /no result within 1.5 s/,
    ]] as const
  ) {
    await bed.dir.write("mode", mode);
    for (const message of Object.values(await told(service, "failing", names))) match(message, expected);
    await bed.dir.write("mode", "good");
    await told(service, "passing", names);
  }
  // One that is under way ends in a moment, one that was left would not.
  await poll(5_000, "the end of every command and exec", async () => {
    const container = await bed.engine.inspect(bed.name);
    return container?.ExecIDs === null && processesWith(mark).length === 0 ? true : undefined;
  });
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
});

Deno.test("check_internal_command: every key reaches the command, every difference is told", async () => {
  await using bed = await ServiceBed.create("checks");
  await bed.dir.write("input", Uint8Array.of(0, 0xff, 0x0a));
  const shell_command = "pwd; echo $A; cat | od -An -tx1; echo err >&2; exit 3";
  const check = {
    shell_command,
    environment: { A: "confidential" },
    workdir: "/tmp",
    stdin_string: "in",
    stdin_file: "input",
    frequency: 1,
  };
  const expected = { status: 3, stdout: "/tmp\nconfidential\n 69 6e 00 ff 0a\n", stderr: "err\n" };
  const service = await bed.run({
    ...bed.script(UP),
    container_create_args: ["--hostname", "own"],
    monitor: {
      check_internal_command: [
        { ...check, name: "fine", expected },
        { ...check, name: "stdout alone", expected: { status: 3, stdout: expected.stdout } },
        { ...check, name: "stderr alone", expected: { status: 3, stderr: expected.stderr } },
        {
          name: "exe",
          exe: "/bin/printf",
          arguments: ["<%s>", "$A b"],
          expected: { stdout: "<$A b>" },
          frequency: 1,
        },
        { name: "own container", shell_command: "hostname", expected: { stdout: "own\n" }, frequency: 1 },
        { name: "no stdin", shell_command: "cat", expected: { stdout: "" }, frequency: 1 },
        { ...check, name: "bad status", expected: { ...expected, status: 0 } },
        { ...check, name: "bad stdout", expected: { ...expected, stdout: "/tmp\n" } },
        { ...check, name: "bad stderr", expected: { ...expected, stderr: "" } },
        { name: "no program", exe: "/bin/absent", frequency: 1 },
        { name: "endless", exe: "yes", frequency: 1 },
      ],
    },
  });
  const reasons: [name: string, reason: RegExp][] = [
    ["bad status", /: exit code 3, expected 0$/],
    ["bad stdout", /: stdout differs from the expected one at byte 6$/],
    ["bad stderr", /: stderr differs from the expected one at byte 1$/],
    ["no program", /: exit code 12[67], expected 0$/],
    ["endless", /: the command has written more than 16 MiB$/],
  ];
  const messages = await told(service, "failing", reasons.map(([name]) => name));
  for (const [name, reason] of reasons) match(messages[name] ?? "", reason);
  service.signal("SIGTERM");
  const { stdout, records } = await service.exit();
  deepEqual(
    new Set(records.filter(({ data }) => data.state === "failing").map(({ data }) => data.check)),
    new Set(reasons.map(([name]) => name)),
  );
  const failed = records.find(({ data }) => data.check === "bad status");
  deepEqual(failed?.data.stdout, "/tmp\n•••\n 69 6e 00 ff 0a\n");
  ok(!stdout.includes("confidential"), "a value of the environment is told");
});

Deno.test("check_internal_command waits while the container is paused, and goes on with it", async () => {
  await using bed = await ServiceBed.create("checks");
  const check = { name: "inside", shell_command: "cat", stdin_string: "x", frequency: 1 };
  const service = await bed.run({ ...bed.script(UP), monitor: { check_internal_command: [check] } });
  await bed.ready();
  const container = bed.engine.docker.getContainer(bed.name);
  await container.pause();
  await service.nextRecord(({ message }) => message === "The container is paused; its checks wait");
  await container.unpause();
  await bed.notify.next(({ STATUS }) => /^Running since .*2 checks pass/.test(STATUS ?? ""));
  service.signal("SIGTERM");
  const { code, records } = await service.exit();
  equal(code, 0);
  deepEqual(records.filter(({ source }) => source === "monitoring"), []);
});

Deno.test("a command that takes too long in a container without a shell can not be ended, and is told", async () => {
  await using bed = await ServiceBed.create("checks");
  // The container's own first process has to be there by its name; nothing else is.
  await buildImage(bed.engine, SHELL_LESS_IMAGE, {
    changes: ["ENV PATH=/bin", 'CMD ["sleep", "600"]'],
    files: {},
    applets: ["sleep"],
  });
  const seconds = 100_000 + Math.floor(Math.random() * 900_000);
  const check = { name: "inside", exe: "sleep", arguments: [seconds], timeout: "1s", frequency: 1 };
  const service = await bed.run({
    image: SHELL_LESS_IMAGE,
    pull: "never",
    container_create_args: ["--stop-timeout", "0"],
    monitor: { check_internal_command: [check] },
  });
  match((await told(service, "failing", ["inside"])).inside, /: no result within 1 s$/);
  await bed.notify.next(({ STATUS }) => /can not be ended in the container: .*\/bin\/sh/.test(STATUS ?? ""));
  equal(processesWith(`sleep ${seconds}`).length, 1, "no other one is started beside it");
  service.signal("SIGTERM");
  equal((await service.exit()).code, 0);
  deepEqual(processesWith(`sleep ${seconds}`), []);
});

Deno.test("a stop while a command runs in the container does not wait for it", async () => {
  await using bed = await ServiceBed.create("checks");
  const mark = `mark-${crypto.randomUUID()}`;
  const check = { shell_command: `: ${mark}; while :; do sleep 1; done`, frequency: 1 };
  const service = await bed.run({ ...bed.script(UP), monitor: { check_internal_command: [check] } });
  await bed.ready();
  while (processesWith(mark).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  service.signal("SIGTERM");
  equal((await service.exit(5_000)).code, 0);
  deepEqual(processesWith(mark), []);
});

/** What is told of these checks next, each for the first time: that they fail, or pass. */
async function told<const N extends string>(
  service: ServiceProcess,
  state: "failing" | "passing",
  names: readonly N[],
): Promise<Record<N, string>> {
  const messages = {} as Record<N, string>;
  const waiting = new Set<unknown>(names);
  while (waiting.size > 0) {
    const { data, message } = await service.nextRecord(({ data }) =>
      data.state === state && waiting.delete(data.check)
    );
    messages[data.check as N] = message;
  }
  return messages;
}
