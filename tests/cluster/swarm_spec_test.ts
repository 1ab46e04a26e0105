/** What a real swarm makes of a service with a few dozen flags, beside what it makes of the like by the Docker CLI. */
import { deepEqual } from "node:assert/strict";
import type { Service, ServiceSpec, Task } from "../../src/engine/swarm_types.ts";
import { ensurePrograms } from "../support/debian_packages.ts";
import { poll } from "../support/event_log.ts";
import { differences, type MeantDifference } from "../support/inspect_differences.ts";
import { SwarmCluster } from "../support/swarm_cluster.ts";
import type { SwarmNode } from "../support/swarm_node.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";
import { programOutput } from "../e2e/support/program_output.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const START_TIMEOUT_MS = 60_000;

/** What the container says of itself, before it waits to be stopped. */
const TELL = `echo "environment: $A, $FROM_FILE, $TEMPLATE"
echo "user: $(id -u):$(id -g), groups $(id -G)"
echo "host name: $(hostname), folder: $(pwd), terminal: $(test -t 2 && echo yes)"
echo "files: $(ulimit -Sn) to $(ulimit -Hn), backlog: $(cat /proc/sys/net/core/somaxconn)"
echo "search: $(grep -o 'example.test' /etc/resolv.conf), db: $(grep -o '10.0.0.5' /etc/hosts)"
echo "mounted file: $(cat /host/hello.txt)"
for path in / /host /scratch /run2 /dev/shm; do
  echo "$path: $(grep " $path " /proc/mounts | tail -1 | cut -d ' ' -f 4 | grep -Eo '^r[ow]|(size|mode)=[0-9k]+' | tr '\\n' ' ')"
done
echo "init: $(cat /proc/1/comm), capabilities: $(grep CapBnd /proc/self/status | cut -f 2)"
echo done
exec sleep 600`;

const TOLD = [
  "environment: 1, file, {{.Node.ID}}",
  "user: 1:2, groups 2 27",
  "host name: box, folder: /data, terminal: yes",
  "files: 100 to 200, backlog: 99",
  "search: example.test, db: 10.0.0.5",
  "mounted file: hello",
  "/: ro ",
  "/host: ro ",
  "/scratch: rw size=1024k mode=1770 ",
  "/run2: ro size=2048k mode=700 ",
  "/dev/shm: rw size=16384k ",
  // Those of any container with CAP_NET_ADMIN, without CAP_MKNOD and CAP_CHOWN.
  "init: docker-init, capabilities: 00000000a00435fa",
  "done",
];

interface Same {
  /** Of `container_create_args`. */
  readonly ours: readonly string[];
  /** Of `docker service create`. */
  readonly cli: readonly string[];
}

/** Flags of a container, and those of the Docker CLI's own command for services that mean the same. */
function sameFlags(dir: TempDir): Same[] {
  const both = (...flags: string[]): Same => ({ ours: flags, cli: flags });
  const as = (ours: readonly string[], ...cli: string[]): Same => ({ ours, cli });
  return [
    both("-e", "A=1", "--env-file", `${dir.path}/env`),
    as(["-e", "TEMPLATE={{.Node.ID}}"], "-e", 'TEMPLATE={{"{{"}}.Node.ID}}'),
    as(["-l", "one=1", "--label=two"], "--container-label=one=1", "--container-label=two"),
    as(["-v", "data:/data:nocopy"], "--mount=type=volume,source=data,target=/data,volume-nocopy"),
    as(["-v", `${dir.path}:/host:ro`], `--mount=type=bind,source=${dir.path},target=/host,readonly`),
    as(["-v", "/anonymous"], "--mount=type=volume,target=/anonymous"),
    both("--mount", "type=tmpfs,target=/scratch,tmpfs-size=1m,tmpfs-mode=1770"),
    as(
      ["--tmpfs=/run2:size=2m,mode=700,ro"],
      "--mount=type=tmpfs,target=/run2,readonly,tmpfs-size=2m,tmpfs-mode=700",
    ),
    as(["--shm-size=16m"], "--mount=type=tmpfs,target=/dev/shm,tmpfs-size=16m,tmpfs-mode=1777"),
    both("-p", "8080:80", "-p8081-8082:81-82/udp"),
    as(["-h", "box"], "--hostname=box"),
    as(["-u", "1:2", "--group-add=27"], "-u", "1:2", "--group=27"),
    both("-w", "/data", "--entrypoint=sh", "-t", "--read-only", "--init", "--stop-signal=SIGINT"),
    as(["--stop-timeout=3"], "--stop-grace-period=3s"),
    both("--cap-add=net_admin", "--cap-drop=MKNOD", "--cap-drop=CAP_CHOWN"),
    as(
      ["-m", "64m", "--cpus=1/2", "--pids-limit=50"],
      "--limit-memory=64m",
      "--limit-cpu=.5",
      "--limit-pids=50",
    ),
    both("--ulimit", "nofile=100:200", "--sysctl=net.core.somaxconn=99", "--isolation=default"),
    both("--dns=10.0.0.1", "--dns-search=example.test", "--dns-option=ndots:2"),
    as(["--add-host=db:10.0.0.5"], "--host=db:10.0.0.5"),
    both("--network", "name=front,alias=web"),
    as(["--net=back"], "--network=back"),
    both("--log-driver", "json-file", "--log-opt=max-size=1m"),
    both("--health-cmd=true", "--health-interval=1s", "--health-timeout=3s", "--health-retries=2"),
    both("--health-start-period=10s"),
    as(["--restart=on-failure:3"], "--restart-condition=on-failure", "--restart-max-attempts=3"),
  ];
}

const SWARM = {
  replicas: 1,
  constraints: ["node.role == manager"],
  spread: "node.labels.zone",
  "max_per_node": 2,
  reserve: { cpus: 0.1, memory: "8m" },
  labels: { "traefik.enable": true },
  update: { at_once: 2, order: "start-first", delay: "1s", monitor: "10s" },
};
const SWARM_FLAGS = [
  ...[
    "--constraint=node.role == manager",
    "--placement-pref=spread=node.labels.zone",
    "--replicas-max-per-node=2",
  ],
  ...["--reserve-cpu=0.1", "--reserve-memory=8m", "--label=traefik.enable=true"],
  ...["--update-parallelism=2", "--update-order=start-first", "--update-delay=1s", "--update-monitor=10s"],
  ...["--update-failure-action=rollback", "--rollback-parallelism=2", "--rollback-order=start-first"],
  ...["--rollback-monitor=10s", "--rollback-failure-action=pause", "--no-resolve-image", "--detach"],
];

const MEANT_DIFFERENCES: readonly MeantDifference[] = [
  [/^TaskTemplate\.RestartPolicy\.Delay: undefined, the other has 5000000000$/, "which is Swarm's default"],
];

Deno.test("a few dozen flags at once: the service is the one that docker service create makes of the like", async () => {
  await ensurePrograms([{ program: "docker", package: "docker-cli" }]);
  await using cluster = await SwarmCluster.start();
  await using dir = await tempDir();
  await dir.write("env", "FROM_FILE=file\n");
  await dir.write("hello.txt", "hello\n");
  const node = cluster.manager;
  for (const Name of ["front", "back"]) {
    await node.api.ask("/networks/create", { method: "POST", json: { Name, Driver: "overlay" } });
  }
  const flags = sameFlags(dir);

  const byCli = flags.flatMap(({ cli }) => cli);
  const command = ["service", "create", "--name=web", ...byCli, ...SWARM_FLAGS, TEST_IMAGES.base, "-c", TELL];
  await programOutput("docker", command, { env: { DOCKER_HOST: `unix://${node.socketPath}` } });
  const theirs = await specOf(node);
  await node.api.ask("/services/web", { method: "DELETE" });

  const config = {
    name: "web",
    image: TEST_IMAGES.base,
    "container_create_args": flags.flatMap(({ ours }) => ours),
    "service_args": ["-c", TELL],
    swarm: SWARM,
  };
  const file = await dir.write("web.yaml", JSON.stringify(config));
  const { spec } = JSON.parse(
    await programOutput(Deno.execPath(), ["run", "--allow-all", MAIN, "plan", file]),
  );
  await node.api.ask("/services/create", { method: "POST", json: spec });
  deepEqual(differences(await specOf(node), theirs, MEANT_DIFFERENCES), []);
  deepEqual(await told(node), TOLD);
});

/** As the swarm has it; networks and ports in one order, which with the CLI is of their ids, and by chance. */
async function specOf({ api }: SwarmNode): Promise<ServiceSpec> {
  const { Spec }: Service = JSON.parse(await api.ask("/services/web"));
  Spec.TaskTemplate.Networks?.sort((a, b) => a.Target < b.Target ? -1 : 1);
  Spec.EndpointSpec?.Ports?.sort((a, b) => a.TargetPort - b.TargetPort);
  return Spec;
}

/** The lines of the task's container, once the task is healthy and has told all. */
async function told({ api }: SwarmNode): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ service: { web: true } }));
  const id = await poll(START_TIMEOUT_MS, "the start of the task", async () => {
    const tasks: Task[] = JSON.parse(await api.ask(`/tasks?filters=${filters}`));
    const failed = tasks.find(({ Status: { State } }) => State === "failed" || State === "rejected");
    if (failed !== undefined) throw new Error(`The task has failed: ${failed.Status.Err}`);
    return tasks.find(({ Status: { State } }) => State === "running")?.Status.ContainerStatus?.ContainerID;
  });
  return await poll(START_TIMEOUT_MS, "what the container tells", async () => {
    const text = await api.ask(`/containers/${id}/logs?stdout=1&stderr=1`);
    return text.includes("done") ? text.trim().split(/\r?\n/) : undefined;
  });
}
