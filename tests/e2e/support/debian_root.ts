/** Root file systems of the Debian releases on which the program is tested, with systemd and Docker in them. */
import { ensurePrograms, requireProgram } from "../../support/debian_packages.ts";
import { progress } from "../../support/progress.ts";
import { aptProxy, debianMirror } from "./apt_sources.ts";
import { cached } from "./cache.ts";
import { programOutput } from "./program_output.ts";

/** The release's number. */
export type Debian = "12" | "13" | "14";

interface Release {
  readonly suite: string;
  /** Packages that earlier releases do not need. */
  readonly further: readonly string[];
  /** The debootstrap script of which suite; by default its own. */
  readonly script?: string;
}

/** From Debian 13 on, Docker's command line is a package of its own, and BuildKit's another. */
const RELEASES: Readonly<Record<Debian, Release>> = {
  "12": { suite: "bookworm", further: [] },
  "13": { suite: "trixie", further: ["docker-cli", "docker-buildx"] },
  // An older debootstrap does not know this suite yet.
  "14": { suite: "forky", further: ["docker-cli", "docker-buildx"], script: "sid" },
};

/** All of them. */
export const DEBIANS = Object.keys(RELEASES) as readonly Debian[];

const PACKAGES = ["systemd", "systemd-sysv", "dbus", "docker.io", "iptables", "procps", "busybox-static"];
/** For the README's way to read the journal. */
const TEST_PACKAGES = ["jq"];

const LEFT_OUT = ["./var/cache/apt/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*"];

/** The path of the file system as tar: from the cache, or made by debootstrap in a minute. */
export async function debianRoot(debian: Debian): Promise<string> {
  const { suite, further, script } = RELEASES[debian];
  const packages = [...PACKAGES, ...TEST_PACKAGES, ...further];
  const recipe = JSON.stringify({ suite, packages, LEFT_OUT });
  return await cached({
    kind: `debian-${debian}.tar`,
    recipe,
    make: async (path) => {
      progress(`Building Debian ${debian} with systemd and Docker by debootstrap; once, about a minute …`);
      await bootstrap({ suite, script: script ?? suite, packages, path });
    },
  });
}

interface Bootstrap {
  readonly suite: string;
  readonly script: string;
  readonly packages: readonly string[];
  /** Of the tar. */
  readonly path: string;
}

async function bootstrap({ suite, script, packages, path }: Bootstrap): Promise<void> {
  if (Deno.uid() !== 0) throw new Error("Cannot build a Debian host: only root may run debootstrap");
  await installDebootstrap();
  const debootstrap = await requireProgram("debootstrap");
  const proxy = await aptProxy();
  const root = `${path}.root`;
  await Deno.mkdir(root);
  try {
    const options = ["--variant=minbase", `--include=${packages.join(",")}`];
    await programOutput(debootstrap, [...options, suite, root, await debianMirror(), script], {
      env: {
        // Debian's sbin folders, where the packages' scripts look for their programs, need not be in PATH.
        PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`,
        LC_ALL: "C.UTF-8",
        ...(proxy === undefined ? {} : { "http_proxy": proxy }),
      },
    });
    const exclude = LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
    await programOutput("tar", ["-C", root, "--numeric-owner", ...exclude, "-cf", path, "."]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Once, however many hosts are built at a time. */
function installDebootstrap(): Promise<void> {
  return installed ??= ensurePrograms([
    // Ubuntu's debootstrap comes without the keys of Debian.
    { program: "debootstrap", package: "debootstrap", also: ["debian-archive-keyring"] },
  ]);
}

let installed: Promise<void> | undefined;
