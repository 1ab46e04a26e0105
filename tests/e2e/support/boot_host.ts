/** Boots a Debian host as a container of the outer engine. */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import type { EngineApi } from "../../support/engine_api.ts";
import { poll } from "../../support/event_log.ts";
import { progress } from "../../support/progress.ts";
import { cgroupOptions } from "./cgroups.ts";
import { execInside } from "./container_exec.ts";
import { type Debian, debianRoot } from "./debian_root.ts";
import { EXCHANGE, Host } from "./host.ts";
import { startAgent } from "./host_agent.ts";
import { addInnerImages } from "./inner_images.ts";

const BOOT_TIMEOUT_MS = 120_000;
/** Shared mounts, as on any machine that is no container; without them systemd can not hand out credentials. */
const BOOT = 'mount --make-rshared /; exec "$@"';
/** That of the engine takes 20 s to find nothing, and a node of a swarm asks its registry for each task's image. */
const NO_NAME_SERVER = ": >/etc/resolv.conf; ";

export interface BootOptions {
  readonly debian: Debian;
  readonly engine: EngineApi;
  readonly labels: Readonly<Record<string, string>>;
  /** A folder of this machine, for the host to see as /e2e. */
  readonly exchange: string;
  /** By default `debian13` and the like. */
  readonly hostname?: string;
  /** What connects it with others, and its address there. By default all that it needs comes by way of the folder. */
  readonly network?: { readonly name: string; readonly address: string };
}

/** Boots; settles when systemd and docker.service are up. The program is not there yet: see `readme_install.ts`. */
export async function bootHost(options: BootOptions): Promise<Host> {
  const { debian, engine, exchange } = options;
  const image = await importRoot(options);
  progress(`Booting Debian ${debian} …`);
  const container = await engine.docker.createContainer(await createOptions(image, options));
  const host = new Host({ debian, exchange });
  await startHost(container, host);
  // Tests restart the engine more often than Debian's unit lets anybody do.
  await host.write("/etc/systemd/system/docker.service.d/e2e.conf", "[Unit]\nStartLimitIntervalSec=0\n");
  await addInnerImages(host);
  return host;
}

/** Switches it on, for the first time or again; settles when systemd and docker.service are up. */
export async function startHost(container: Docker.Container, host: Host): Promise<void> {
  await container.start();
  await untilBooted(container, host.debian);
  await startAgent(container, { exchange: host.exchange, inside: EXCHANGE });
  await host.systemctl("is-active", "docker.service");
}

/** Once, however many hosts of a release are booted at a time. */
function importRoot(options: BootOptions): Promise<string> {
  const importing = imports.get(options.debian) ?? importAnew(options);
  imports.set(options.debian, importing);
  return importing;
}

const imports = new Map<Debian, Promise<string>>();

async function importAnew({ debian, engine }: BootOptions): Promise<string> {
  const tar = await debianRoot(debian);
  const reference = `service_runner-e2e/debian-${debian}:${tar.slice(-16)}`;
  if (await engine.inspectImage(reference) === undefined) {
    progress(`Importing Debian ${debian} into the engine …`);
    await engine.importImage({ reference, tar: (await Deno.open(tar)).readable, changes: [] });
  }
  return reference;
}

/** What systemd as the first process, and an engine inside, take; short of `--privileged`, which not every machine allows. */
async function createOptions(
  image: string,
  { debian, engine, exchange, labels, hostname = `debian${debian}`, network }: BootOptions,
): Promise<Docker.ContainerCreateOptions> {
  const { command, mode, binds } = await cgroupOptions(debian, engine);
  // The types do not know this one.
  const namespace: object = { CgroupnsMode: mode };
  return {
    Image: image,
    Cmd: ["/bin/sh", "-ec", network === undefined ? BOOT : NO_NAME_SERVER + BOOT, "sh", ...command],
    Env: ["container=docker"],
    Hostname: hostname,
    Tty: true,
    Labels: { ...labels },
    Volumes: { "/var/lib/docker": {} },
    HostConfig: {
      CapAdd: ["ALL"],
      // Not every machine has the one; with the other, the host would load modules into this machine's kernel.
      CapDrop: ["SYS_RESOURCE", "SYS_MODULE"],
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
      // Else the inner engine can not set up its bridge.
      MaskedPaths: [],
      ReadonlyPaths: [],
      ...namespace,
      Binds: [`${exchange}:${EXCHANGE}`, ...binds],
      Tmpfs: { "/run": "", "/run/lock": "", "/tmp": "" },
      NetworkMode: network?.name ?? "none",
    },
    ...network && {
      NetworkingConfig: {
        EndpointsConfig: { [network.name]: { IPAMConfig: { IPv4Address: network.address } } },
      },
    },
  };
}

async function untilBooted(container: Docker.Container, debian: Debian): Promise<void> {
  await poll(BOOT_TIMEOUT_MS, `the boot of Debian ${debian}`, async () => {
    const state = (await execInside(container, ["systemctl", "is-system-running"])).stdout.trim();
    if (state === "degraded") {
      const { stdout } = await execInside(container, ["systemctl", "--failed", "--no-pager"]);
      throw new Error(`Debian ${debian} has failed units:\n${stdout}`);
    }
    return state === "running" ? state : undefined;
  });
}
