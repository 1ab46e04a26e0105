/** What the engine makes of a few dozen create flags at once, by the word of its own inspect. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { ServiceBed } from "../support/service_bed.ts";
import { TEST_IMAGES } from "../support/test_engine.ts";

Deno.test("a few dozen create flags at once: the container is as they ask", async () => {
  await using bed = await ServiceBed.create("flags");
  const networks = ["front", "back"].map((suffix) => `${bed.name}-${suffix}`);
  const [front, back] = networks as [string, string];
  await using stack = new AsyncDisposableStack();
  // An address of one's own is only to be had in a subnet of one's own.
  const block = 100 + Math.floor(Math.random() * 100);
  for (const [index, Name] of networks.entries()) {
    const Config = [{ Subnet: `10.${block}.${index}.0/24` }];
    const network = await bed.engine.docker.createNetwork({ Name, IPAM: { Config, Driver: "default" } });
    stack.defer(async () => {
      await bed.engine.removeContainer(bed.name);
      await network.remove();
    });
  }
  await bed.dir.write("env", "FROM_FILE=file\nOVERRIDDEN=file\n");
  await bed.dir.write("labels", "from.file=yes\n");
  await bed.dir.write("data/hello.txt", "hello\n");

  await bed.run({
    image: TEST_IMAGES.base,
    pull: "never",
    service_args: ["600"],
    container_create_args: [
      ...["-e", "A=1", "--env", "OVERRIDDEN=flag", "-eINHERITED", "--env-file", "env"],
      ...["-l", "one=1", "--label=two", "--label-file=labels"],
      ...[
        "-v",
        "./data:/data:ro",
        "--mount",
        "type=tmpfs,target=/scratch,tmpfs-size=1m",
        "--tmpfs=/run:size=2m",
      ],
      ...["-p", "127.0.0.1::80", "-p8081:81/udp", "--expose", "9000-9001"],
      ...["-h", "box", "--domainname", "example.test", "-u", "1:2", "-w/data", "--entrypoint", "sleep"],
      ...[
        "--cap-add",
        "net_admin",
        "--cap-drop=MKNOD",
        "--security-opt",
        "no-new-privileges",
        "--group-add=27",
      ],
      ...["-m", "64m", "--memory-reservation=32m", "--memory-swap", "128m", "--cpus=1/2", "-c", "512"],
      ...["--cpuset-cpus=0", "--pids-limit", "50", "--ulimit", "nofile=100:200", "--shm-size=1.5m"],
      ...["--read-only", "--init", "--stop-signal=SIGINT", "--stop-timeout", "0x3", "--oom-score-adj=100"],
      ...[
        "--dns",
        "10.0.0.1",
        "--dns-search=example.test",
        "--dns-option=ndots:2",
        "--add-host",
        "db:10.0.0.5",
      ],
      ...[
        "--network",
        `name=${front},alias=web`,
        "--net",
        back,
        `--ip=10.${block}.0.99`,
        "--sysctl=net.core.somaxconn=99",
      ],
      ...["--log-driver", "json-file", "--log-opt=max-size=1m", "--ipc", "private", "-t"],
      ...[
        "--health-cmd",
        "true",
        "--health-interval=1m30s",
        "--health-retries",
        "2",
        "--device",
        "/dev/null:/dev/zip:r",
      ],
      ...["--restart", "unless-stopped"],
    ],
  }, { env: { INHERITED: "inherited" } });
  await bed.ready();

  const inspected = await bed.engine.inspect(bed.name);
  ok(inspected !== undefined);
  const { HostConfig, NetworkSettings } = inspected;
  // The types know neither of these two, which the engine reports.
  const Config = inspected.Config as typeof inspected.Config & { StopSignal?: string; StopTimeout?: number };
  equal(inspected.State.Running, true);
  const env = Object.fromEntries(Config.Env.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
  deepEqual(
    [env.A, env.OVERRIDDEN, env.INHERITED, env.FROM_FILE],
    ["1", "flag", "inherited", "file"],
  );
  const { "service_runner.service": owner, ...labels } = Config.Labels;
  equal(owner, bed.name);
  equal(labels.one, "1");
  equal(labels.two, "");
  equal(labels["from.file"], "yes");
  deepEqual(HostConfig.Binds, [`${bed.dir.path}/data:/data:ro`]);
  deepEqual(
    HostConfig.Mounts?.map(({ Type, Target, TmpfsOptions }) => [Type, Target, TmpfsOptions?.SizeBytes]),
    [
      ["tmpfs", "/scratch", 1024 * 1024],
    ],
  );
  deepEqual(HostConfig.Tmpfs, { "/run": "size=2m" });
  const bindings = HostConfig.PortBindings as Record<string, { HostIp: string; HostPort: string }[]>;
  deepEqual(bindings["80/tcp"], [{ HostIp: "127.0.0.1", HostPort: "" }]);
  deepEqual(bindings["81/udp"], [{ HostIp: "", HostPort: "8081" }]);
  deepEqual(Object.keys(Config.ExposedPorts ?? {}).sort(), ["80/tcp", "81/udp", "9000/tcp", "9001/tcp"]);
  deepEqual([Config.Hostname, Config.Domainname, Config.User, Config.WorkingDir], [
    "box",
    "example.test",
    "1:2",
    "/data",
  ]);
  deepEqual([Config.Entrypoint, Config.Cmd], [["sleep"], ["600"]]);
  deepEqual([HostConfig.CapAdd, HostConfig.CapDrop], [["CAP_NET_ADMIN"], ["CAP_MKNOD"]]);
  deepEqual([HostConfig.SecurityOpt, HostConfig.GroupAdd], [["no-new-privileges"], ["27"]]);
  deepEqual(
    [
      HostConfig.Memory,
      HostConfig.MemoryReservation,
      HostConfig.MemorySwap,
      HostConfig.NanoCpus,
      HostConfig.CpuShares,
    ],
    [64 << 20, 32 << 20, 128 << 20, 500_000_000, 512],
  );
  deepEqual([HostConfig.CpusetCpus, HostConfig.PidsLimit, HostConfig.ShmSize], ["0", 50, 1.5 * 1024 * 1024]);
  deepEqual(HostConfig.Ulimits, [{ Name: "nofile", Soft: 100, Hard: 200 }]);
  deepEqual([HostConfig.ReadonlyRootfs, HostConfig.Init, HostConfig.OomScoreAdj], [true, true, 100]);
  deepEqual([Config.StopSignal, Config.StopTimeout, Config.Tty], ["SIGINT", 3, true]);
  deepEqual([HostConfig.Dns, HostConfig.DnsSearch, HostConfig.DnsOptions], [["10.0.0.1"], ["example.test"], [
    "ndots:2",
  ]]);
  deepEqual([HostConfig.ExtraHosts, HostConfig.Sysctls], [["db:10.0.0.5"], { "net.core.somaxconn": "99" }]);
  deepEqual(HostConfig.LogConfig, { Type: "json-file", Config: { "max-size": "1m" } });
  equal(HostConfig.IpcMode, "private");
  deepEqual(HostConfig.Devices, [{
    PathOnHost: "/dev/null",
    PathInContainer: "/dev/zip",
    CgroupPermissions: "r",
  }]);
  deepEqual(Config.Healthcheck?.Test, ["CMD-SHELL", "true"]);
  deepEqual([Config.Healthcheck?.Interval, Config.Healthcheck?.Retries], [90e9, 2]);
  deepEqual(Object.keys(NetworkSettings.Networks).sort(), [back, front]);
  equal(NetworkSettings.Networks[front]?.IPAddress, `10.${block}.0.99`);
  ok(NetworkSettings.Networks[front]?.Aliases?.includes("web"));
  equal(HostConfig.RestartPolicy?.Name, "no", "systemd restarts, not the engine");
  equal(HostConfig.AutoRemove, false, "service_runner removes, not the engine");
});
