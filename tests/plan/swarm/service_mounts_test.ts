import { deepEqual, equal, match } from "node:assert/strict";
import { containerOf, problems } from "./swarm_fixture.ts";

const MIB = 1024 * 1024;

function mounts(...args: string[]) {
  return containerOf(...args).Mounts;
}

Deno.test("--volume becomes a mount: of a path, of a volume, of one without a name", () => {
  deepEqual(
    mounts("-v/srv/a:/a:ro,rslave", "-v", "./b:/b", "-vdata:/c:nocopy,rw", "-v", "/d", "-v/e:/e:cached"),
    [
      {
        Type: "bind",
        Source: "/srv/a",
        Target: "/a",
        ReadOnly: true,
        BindOptions: { Propagation: "rslave" },
      },
      { Type: "bind", Source: "/srv/case/work/b", Target: "/b" },
      { Type: "volume", Source: "data", Target: "/c", VolumeOptions: { NoCopy: true } },
      { Type: "volume", Target: "/d" },
      { Type: "bind", Source: "/e", Target: "/e" },
    ],
  );
});

Deno.test("--mount keeps what Swarm has of its options", () => {
  deepEqual(
    mounts(
      "--mount=type=bind,source=/a,target=/a,bind-propagation=shared,bind-recursive=disabled,consistency=cached",
      "--mount=source=data,target=/b,volume-nocopy,volume-label=l=1,volume-driver=x,volume-opt=o=2,volume-subpath=s",
      "--mount=type=tmpfs,target=/c,tmpfs-size=1m,tmpfs-mode=1770",
    ),
    [
      {
        Type: "bind",
        Source: "/a",
        Target: "/a",
        BindOptions: { Propagation: "shared", NonRecursive: true },
      },
      {
        Type: "volume",
        Source: "data",
        Target: "/b",
        VolumeOptions: {
          NoCopy: true,
          Labels: { l: "1" },
          DriverConfig: { Name: "x", Options: { o: "2" } },
          Subpath: "s",
        },
      },
      { Type: "tmpfs", Target: "/c", TmpfsOptions: { SizeBytes: MIB, Mode: 0o1770 } },
    ],
  );
});

Deno.test("--tmpfs becomes a mount with the options that a service's engine takes", () => {
  deepEqual(
    mounts("--tmpfs=/a", "--tmpfs", "/b:size=64m,mode=755,ro,nosuid,nodev,noexec", "--tmpfs=/c:exec,rw"),
    [
      { Type: "tmpfs", Target: "/a" },
      { Type: "tmpfs", Target: "/b", ReadOnly: true, TmpfsOptions: { SizeBytes: 64 * MIB, Mode: 0o755 } },
      { Type: "tmpfs", Target: "/c", TmpfsOptions: { Options: [["exec"]] } },
    ],
  );
});

Deno.test("--shm-size of 0 is the engine's own", () => {
  equal(mounts("--shm-size=0"), undefined);
});

Deno.test("the same mount twice is one", () => {
  deepEqual(mounts("-v", "data:/a", "-v", "data:/a"), [{ Type: "volume", Source: "data", Target: "/a" }]);
});

Deno.test("a mount that Swarm does not have, or only fails with on the nodes, is refused at its flag", async (t) => {
  const cases: [args: string[], index: number, message: RegExp][] = [
    [["-v", "data:/a", "-v", "other:/a/"], 3, /"\/a" is mounted twice/],
    [["--shm-size=64m", "--tmpfs=/dev/shm"], 0, /"\/dev\/shm" is mounted twice/],
    [["-v", "/a:/a:z"], 1, /"z" is not available in Swarm/],
    [["-v", "/a:/a:Z,ro"], 1, /"Z" is not available in Swarm/],
    [["-v", "/a:/a:rw,ro"], 1, /invalid mode "rw,ro"; must be of rw, ro, private/],
    [["-v", "/a:/a:fast"], 1, /invalid mode "fast"/],
    [["-v", "/a:/a:nocopy"], 1, /"nocopy" is not for paths/],
    [["-v", "data:/a:shared"], 1, /"shared" is not for volumes/],
    [["-v", "data/x:/a"], 1, /"data\/x" is no name of a volume; a path begins with/],
    [["-v", "data:a"], 1, /the target must be an absolute path, and not "\/", got "a"/],
    [["-v", "data:/a/.."], 1, /and not "\/"/],
    [["--volume-driver=nfs", "-v", "/a"], 2, /a volume without a name cannot have a driver/],
    [["--mount=type=volume,target=/a,volume-opt=o=1"], 0, /a volume without a name cannot have a driver/],
    [["--mount=type=bind,source=a,target=/a"], 0, /the source must be an absolute path, got "a"/],
    [["--mount=type=tmpfs,source=a,target=/a"], 0, /a tmpfs has no source/],
    [["--mount=type=image,source=nginx,target=/a"], 0, /must be bind, volume or tmpfs in Swarm, got "image"/],
    [
      ["--mount=type=bind,source=/a,target=/a,readonly,bind-recursive=writable"],
      0,
      /bind-recursive=writable is not available in Swarm/,
    ],
    [
      ["--mount=type=bind,source=/a,target=/a,readonly,bind-propagation=rprivate,bind-recursive=readonly"],
      0,
      /bind-recursive=readonly is not available in Swarm/,
    ],
    [
      ["--mount=type=bind,source=/a,target=/a,bind-propagation=sideways"],
      0,
      /bind-propagation must be one of private, rprivate, shared/,
    ],
    [["--tmpfs="], 0, /the target must be an absolute path, and not "\/", got ""/],
    [["--tmpfs=/a:uid=1000"], 0, /the option "uid=1000" is not available in Swarm; must be size=/],
    [["--tmpfs=/a:size=50%"], 0, /invalid/],
  ];
  for (const [args, index, expected] of cases) {
    await t.step(args.join(" "), () => {
      const [[place, message] = [], ...others] = problems({ containerCreateArgs: args });
      deepEqual(others, []);
      equal(place, `container_create_args.${index}`);
      match(message!, expected);
    });
  }
});
