/** Boots a Debian host as a container of the outer engine. */
// @ts-types="@types/dockerode"
import type Docker from "dockerode";
import type { EngineApi } from "../../support/engine_api.ts";
import { poll } from "../../support/event_log.ts";
import { progress } from "../../support/progress.ts";
import { cgroupOptions } from "./cgroups.ts";
import { type Debian, debianRoot } from "./debian_root.ts";
import { EXCHANGE, Host } from "./host.ts";
import { addInnerImages } from "./inner_images.ts";

const BOOT_TIMEOUT_MS = 120_000;

export interface BootOptions {
  readonly debian: Debian;
  readonly engine: EngineApi;
  readonly labels: Readonly<Record<string, string>>;
  /** A folder of this machine, for the host to see as /e2e. */
  readonly exchange: string;
}

/** Boots; settles when systemd and docker.service are up. The program is not there yet: see `readme_install.ts`. */
export async function bootHost(options: BootOptions): Promise<Host> {
  const { debian, engine, exchange } = options;
  const image = await importRoot(options);
  progress(`Booting Debian ${debian} …`);
  const container = await engine.docker.createContainer(await createOptions(image, options));
  await container.start();
  const host = new Host({ debian, container, exchange });
  await untilBooted(host);
  await occupyGroup(container);
  await prepare(host);
  return host;
}

async function importRoot({ debian, engine }: BootOptions): Promise<string> {
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
  { debian, engine, exchange, labels }: BootOptions,
): Promise<Docker.ContainerCreateOptions> {
  const { command, mode, binds } = await cgroupOptions(debian, engine);
  // The types do not know this one.
  const namespace: object = { CgroupnsMode: mode };
  return {
    Image: image,
    Cmd: [...command],
    Env: ["container=docker"],
    Hostname: `debian${debian}`,
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
      // All that it needs comes by way of the exchange folder.
      NetworkMode: "none",
    },
  };
}

/**
 * Where the machine has trees of version 1 as well, nothing can be run in a host any more once its engine has handed out
 * the controllers of the host's control group to those below. It can not as long as there is a process in that group.
 */
async function occupyGroup(container: Docker.Container): Promise<void> {
  const exec = await container.exec({ Cmd: ["sleep", "infinity"] });
  await exec.start({ Detach: true });
}

async function untilBooted(host: Host): Promise<void> {
  await poll(BOOT_TIMEOUT_MS, `the boot of Debian ${host.debian}`, async () => {
    const { stdout } = await host.attempt("systemctl", "is-system-running");
    const state = stdout.trim();
    if (state === "degraded") {
      throw new Error(`Debian ${host.debian} has failed units:\n${await failures(host)}`);
    }
    return state === "running" ? state : undefined;
  });
  await host.systemctl("is-active", "docker.service");
}

async function failures(host: Host): Promise<string> {
  return (await host.attempt("systemctl", "--failed", "--no-pager")).stdout;
}

async function prepare(host: Host): Promise<void> {
  // As on any machine that is no container; without it systemd can not hand out credentials.
  await host.run("mount", "--make-rshared", "/");
  // Tests restart the engine more often than Debian's unit lets anybody do.
  await host.write("/etc/systemd/system/docker.service.d/e2e.conf", "[Unit]\nStartLimitIntervalSec=0\n");
  await addInnerImages(host);
}
