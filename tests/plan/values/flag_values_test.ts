/** Values of single flags, through the whole translation: what becomes of them in the body, or that they are refused. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { accepted, bodyOf, planInputs, refused } from "../plan_fixture.ts";

const CWD = "/srv/case/work";

/** Each row: flags, and what the body then has besides what every body has. */
const BODIES: readonly (readonly [flags: string[], body: object])[] = [
  // Ports: also one without a host port is a binding; only the first two numbers of a range count.
  [["-p80"], port("80/tcp", { HostIp: "", HostPort: "" })],
  [["-p8000-8005:80/UDP"], port("80/udp", { HostIp: "", HostPort: "8000-8005" })],
  [["-p[::1]:1-1-9:80"], port("80/tcp", { HostIp: "::1", HostPort: "1" })],
  [["-p[]::80/"], port("80/tcp", { HostIp: "", HostPort: "" })],
  [["-ptarget=80,published=8080,target=81,foo=1"], port("81/tcp", { HostIp: "", HostPort: "8080" })],
  [["--expose=80/FOO/x"], { ExposedPorts: { "80/FOO": {} } }],
  // Volumes: a letter before the first colon is a drive; one or two bytes are always a path.
  [["-va:/x"], { Volumes: { "a:/x": {} } }],
  [["-v::"], { Volumes: { "::": {} } }],
  [["-vC:\\x:/y"], { HostConfig: { Binds: ["C:\\x:/y"] } }],
  [["-v./a/../b:/c:ro"], { HostConfig: { Binds: [`${CWD}/b:/c:ro`] } }],
  [["-v..:/c", "-v../work/..:/d"], { HostConfig: { Binds: ["/srv/case:/c", "/srv/case:/d"] } }],
  [["-v~/a:/b", "-vvol:/x:z", "-v~/a:/b"], { HostConfig: { Binds: ["~/a:/b", "vol:/x:z"] } }],
  // Mounts
  [["--mount=DST=/b,RO"], mount({ Type: "volume", Target: "/b", ReadOnly: true })],
  [["--mount=type=bind,src=.,dst=/b,ro=f"], mount({ Type: "bind", Source: CWD, Target: "/b" })],
  [["--mount=dst=/b,volume-opt=__proto__=1,volume-label==x"], {
    HostConfig: {
      Mounts: [{
        Type: "volume",
        Target: "/b",
        VolumeOptions: { DriverConfig: { Options: JSON.parse('{"__proto__":"1"}') } },
      }],
    },
  }],
  [
    ["--mount=type=tmpfs,dst=/b,tmpfs-mode=1777,tmpfs-size=1k"],
    mount({
      Type: "tmpfs",
      Target: "/b",
      TmpfsOptions: { SizeBytes: 1024, Mode: 0o1777 },
    }),
  ],
  // "enabled" is the default, and so goes with any type.
  [["--mount=dst=/b,bind-recursive=enabled"], mount({ Type: "volume", Target: "/b" })],
  // Networks: the long form in lower case, and each word trimmed.
  [["--network=BackEnd"], { HostConfig: { NetworkMode: "BackEnd" } }],
  [["--network=name= NET ,alias=A,driver-opt= K = V"], {
    HostConfig: { NetworkMode: "net" },
    NetworkingConfig: { EndpointsConfig: { net: { Aliases: ["a"], DriverOpts: { k: "v" } } } },
  }],
  [["--network=a", "--network=b", "--ip=1.2.3.4"], {
    HostConfig: { NetworkMode: "a" },
    NetworkingConfig: { EndpointsConfig: { a: { IPAMConfig: { IPv4Address: "1.2.3.4" } }, b: {} } },
  }],
  [["--link=db", "--network=n"], {
    HostConfig: { Links: ["db"], NetworkMode: "n" },
    NetworkingConfig: { EndpointsConfig: { n: { Links: ["db"] } } },
  }],
  [["--mac-address=02:42:ac:11:00:02"], {
    NetworkingConfig: { EndpointsConfig: { default: { MacAddress: "02:42:ac:11:00:02" } } },
  }],
  // Devices
  [["--device=/dev//a:rw"], device("/dev/a", "/dev/a", "rw")],
  [["--device=/dev//a:/dev//b"], device("/dev//a", "/dev/b", "rwm")],
  [["--device=vendor.com/class=a:b_c"], {
    HostConfig: { DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["vendor.com/class=a:b_c"] }] },
  }],
  [["--gpus=all"], { HostConfig: { DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] } }],
  [['--gpus="device=0,1","capabilities=a,b"'], {
    HostConfig: { DeviceRequests: [{ DeviceIDs: ["0", "1"], Capabilities: [["a", "b", "gpu"]] }] },
  }],
  [["--gpus=count=1,all"], { HostConfig: { DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] } }],
  // Limits
  [["--ulimit=core=0", "--ulimit=nofile=1:2", "--ulimit=core=-1"], {
    HostConfig: { Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }, { Name: "core", Soft: -1, Hard: -1 }] },
  }],
  [["--device-write-iops=/dev/a:18446744073709551615"], {
    HostConfig: { BlkioDeviceWriteIOps: [{ Path: "/dev/a", Rate: 18446744073709551615n }] },
  }],
  [["--memory-swappiness=0"], { HostConfig: { MemorySwappiness: 0 } }],
  [["--memory-swappiness=-1", "--cpu-shares=0"], {}],
  // Security
  [["--cap-add=Kill", "--cap-add=CAP_KILL", "--cap-drop=all"], {
    HostConfig: { CapAdd: ["CAP_KILL"], CapDrop: ["ALL"] },
  }],
  [["--security-opt=systempaths=unconfined", "--security-opt=label:disable"], {
    HostConfig: { SecurityOpt: ["label:disable"], MaskedPaths: [], ReadonlyPaths: [] },
  }],
  [["--security-opt=no-new-privileges=", "--security-opt=seccomp:unconfined"], {
    HostConfig: { SecurityOpt: ["no-new-privileges=", "seccomp:unconfined"] },
  }],
  [["--pid=container:x", "--uts=host", "--userns=", "--cgroupns=private"], {
    HostConfig: { PidMode: "container:x", UTSMode: "host", CgroupnsMode: "private" },
  }],
  // Others
  [["--entrypoint="], { Entrypoint: [""] }],
  [["--stop-timeout=0", "--init=false"], { StopTimeout: 0, HostConfig: { Init: false } }],
  [["-i"], { AttachStdin: true, OpenStdin: true, StdinOnce: true }],
  [["--health-cmd=", "--health-retries=0", "--health-interval=0"], {}],
  [["--no-healthcheck", "--health-cmd="], { Healthcheck: { Test: ["NONE"] } }],
  [["--health-timeout=1s"], { Healthcheck: { Timeout: 1e9 } }],
  [["--restart=on-failure:3"], {
    HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } },
  }],
  [["--restart=no:0", "--rm"], { HostConfig: { AutoRemove: true } }],
  [["--tmpfs=/a:/b:c", "--tmpfs=/d"], { HostConfig: { Tmpfs: { "/a": "/b:c", "/d": "" } } }],
  [["--log-driver=none"], { HostConfig: { LogConfig: { Type: "none" } } }],
  [["--annotation=a", "--annotation==x"], { HostConfig: { Annotations: { a: "", "": "x" } } }],
  [
    ["--use-api-socket"],
    mount({
      Type: "bind",
      Source: "/run/docker-test.sock",
      Target: "/var/run/docker.sock",
      BindOptions: {},
    }),
  ],
];

for (const [flags, body] of BODIES) {
  Deno.test(`translateCreate() of ${flags.join(" ")}`, () => deepEqual(bodyOf(flags), body));
}

function port(name: string, binding: object): object {
  return { ExposedPorts: { [name]: {} }, HostConfig: { PortBindings: { [name]: [binding] } } };
}

function mount(settings: object): object {
  return { HostConfig: { Mounts: [settings] } };
}

function device(PathOnHost: string, PathInContainer: string, CgroupPermissions: string): object {
  return { HostConfig: { Devices: [{ PathOnHost, PathInContainer, CgroupPermissions }] } };
}

// deno-fmt-ignore
const REFUSED: readonly string[] = [
  "-p=", "-p=80:", "-p=1-2:3-5", "-p=2-1", "-p=[::1:80:80", "-p=[x]:80:80", "-p=a:80:80", "-p=80/icmp", "-p=,target=80",
  "-p=published=80", "--expose=80:80", "--expose=2-1", "--expose=/tcp", "--expose=65536",
  "-v=:/x", "-v=/a::ro", "-v=/a:/b:ro:z", "--mount=type=bind,src=/a", "--mount=type=,dst=/b", "--mount=constructor=1,dst=/b",
  "--mount=dst=/b,bind-nonrecursive=false", "--mount=dst=/b,image-subpath=", "--mount=dst=/b,volume-subpath=x,type=bind",
  "--mount=dst=/b,type=bind,bind-recursive=writable", "--mount=dst=/b,type=tmpfs,tmpfs-mode=+7", "--mount=dst",
  "--network=", "--network= ", "--network=alias=a", "--network=name=n,foo=1", "--network=name=n,gw-priority=x",
  "--network=name=n,driver-opt=x", "--network=name=n,", "--net-alias=x", "--mac-address=x", "--link=", "--link=a:b:c",
  "--device=", "--device=x", "--device=/a:", "--device=/a:/b:", "--device=/a:/b:rr", "--device=/a:b", "--device=/a:/b:r:w",
  "--device-cgroup-rule=c 1:3", "--gpus=", "--gpus=1,count=2", "--gpus=foo=1", "--gpus=options=", "--gpus=1_0",
  "--device-read-bps=/dev/a:9000p", "--device-read-bps=/dev/a:-1", "--device-read-bps=a:1", "--device-read-iops=/dev/a:1k",
  "--blkio-weight-device=/dev/a:9", "--blkio-weight-device=/dev/a:1001", "--blkio-weight-device=:10",
  "--ulimit=as=1", "--ulimit=core", "--ulimit=core=", "--ulimit=core=2:1", "--ulimit=core=-1:5", "--ulimit=core=1:2:3",
  "--sysctl=vm.swappiness=1", "--sysctl=net.x", "--memory-swappiness=101", "--memory-swappiness=-2", "--storage-opt=x",
  "--security-opt=x", "--security-opt=label=", "--security-opt=seccomp=none.json", "--pid=container:", "--uts=x",
  "--userns=private", "--cgroupns=Host", "--health-interval=-1s", "--health-retries=-1", "--restart=:1", "--restart=a:x",
  "--attach=x", "--pull=Always", "-e=", "-l= ", "-l=a b=c", "--env-file=none", "--label-file=", "--add-host=a", "--dns=a",
];

for (const flag of REFUSED) {
  Deno.test(`translateCreate() refuses ${flag}`, () => {
    const [problem] = refused([...flag.split(/(?<=^[^=]+)=/), "alpine"]);
    equal(problem?.exitCode, 125);
    ok(problem.message.length > 0);
  });
}

const CONFLICTS: readonly (readonly [flags: string[], message: RegExp])[] = [
  [["--rm", "--restart=always"], /cannot specify both --restart and --rm/],
  [["--network=a", "--network=a"], /network "a" is specified multiple times/],
  [["--network=a", "--network=host"], /user-defined and non-user-defined/],
  [["--network=name=a,alias=x", "--network-alias=y"], /both --network-alias and per-network alias/],
  [["--network=name=a,ip=1.1.1.1", "--ip=1.1.1.2"], /both --ip and/],
  [["--network=name=a,ip6=::1", "--ip6=::2"], /both --ip6 and/],
  [["--network=name=a,link-local-ip=::1", "--link-local-ip=::2"], /both --link-local-ip and/],
  [["--no-healthcheck", "--health-cmd=x"], /--no-healthcheck conflicts/],
  [["--log-driver=none", "--log-opt=a=b"], /invalid logging opts for driver none/],
];

for (const [flags, message] of CONFLICTS) {
  Deno.test(`translateCreate() refuses ${flags.join(" ")}`, () =>
    match(refused([...flags, "alpine"])[0]!.message, message));
}

Deno.test("--env takes values from outside; of several the last counts, and files come first", () => {
  const inputs = planInputs({
    env: { A: "outside", EMPTY: "" },
    files: { f: "A=file\nB\nA\n", g: "NONE\nEMPTY\n" },
  });
  const env = (flags: string[]) => bodyOf(flags, inputs).Env;
  deepEqual(env(["-e", "A", "-e", "EMPTY", "-e", "NONE"]), ["A=outside", "EMPTY=", "NONE"]);
  deepEqual(env(["-e", "A=1", "-e", "B=2", "-e", "A"]), ["A=outside", "B=2"]);
  deepEqual(env(["-e", "A=1", "--env-file", "f", "--env-file=g"]), ["A=file", "A=outside", "EMPTY=", "A=1"]);
});

Deno.test("--env-file takes lines as they are", () => {
  const env = (file: string) => bodyOf(["--env-file", "f"], planInputs({ files: { f: file } })).Env;
  deepEqual(env("\ufeff# c\n\n \u3000A= 'x' # y \r\n\t#z\nB==\n"), ["A= 'x' # y ", "B=="]);
  deepEqual(env("A=1\r\r\nB=2"), ["A=1\r", "B=2"]);
  deepEqual(env(`A=${"x".repeat(65_533)}\n`), [`A=${"x".repeat(65_533)}`]);
  for (const file of ["=x\n", "A B=1", "A =1", `A=${"x".repeat(65_534)}\n`, "A=1\n\ufeffB C=1"]) {
    refused(["--env-file", "f", "alpine"], planInputs({ files: { f: file } }));
  }
});

Deno.test("--env-file refuses what is no UTF-8", () => {
  const inputs = {
    ...planInputs(),
    file: () => ({ kind: "content", bytes: new Uint8Array([65, 61, 255]) }) as const,
  };
  match(refused(["--env-file", "f", "alpine"], inputs)[0]!.message, /line 1 is not valid UTF-8/);
});

Deno.test("--label-file leaves bare names out, --label wins", () => {
  const inputs = planInputs({ files: { f: "a=1\nb\nc=3\n" }, env: { b: "2" } });
  deepEqual(bodyOf(["-l", "a=x", "--label-file=f", "-l", " d", "-l", "e=\t"], inputs).Labels, {
    a: "x",
    c: "3",
    " d": "",
    e: "\t",
  });
});

Deno.test("--security-opt seccomp sends the profile, with nothing but its white space gone", () => {
  const profile = '{\n  "a b": [1.50, "x\\" \\u00e9\\n y"],\r\n\t"c": {}\n}\n';
  const inputs = planInputs({ files: { "p.json": profile, bad: "{a:1}", two: "{} {}", empty: "" } });
  deepEqual(accepted(["--security-opt", "seccomp:p.json", "alpine"], inputs).body.HostConfig?.SecurityOpt, [
    'seccomp={"a b":[1.50,"x\\" \\u00e9\\n y"],"c":{}}',
  ]);
  for (const file of ["bad", "two", "empty", "."]) {
    refused(["--security-opt", `seccomp=${file}`, "alpine"], inputs);
  }
});
