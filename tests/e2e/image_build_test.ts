/** `build:` in the unit's sandbox, by BuildKit and by the older builder. */
import { equal, match, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import type { Host } from "./support/host.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const FROM = `FROM ${INNER_IMAGES.base}\n`;
const CMD = `CMD ["sh", "-c", "trap 'exit 0' TERM; cat /made; sleep 100000 & wait"]\n`;
const CACHE = "RUN --mount=type=cache,target=/kept echo by BuildKit >/kept/file && cp /kept/file /made\n";
const SECRET = "RUN --mount=type=secret,id=word cat /run/secrets/word >>/made\n";
const HEREDOC = "RUN <<END\necho with a heredoc >>/made\nEND\n";

/** As on a machine without docker-buildx. */
const WITHOUT_BUILDX = "[Service]\nInaccessiblePaths=-/usr/libexec/docker/cli-plugins";

interface BuildOptions {
  readonly dockerfile: string;
  readonly dropIn?: string;
  /** Keys beside the context. */
  readonly build?: Record<string, unknown>;
}

/** A service whose image is built from `/srv/config/NAME`; all that it leaves goes at the end. */
class BuiltSite implements AsyncDisposable {
  private constructor(readonly host: Host, readonly service: ServiceUnit, readonly image: string) {}

  static async create(host: Host, { dockerfile, dropIn = "", build = {} }: BuildOptions) {
    const literalName = `build-${crypto.randomUUID().slice(0, 8)}`;
    const image = `e2e/${literalName}`;
    const service = await ServiceUnit.create(host, { image, build: { context: literalName, ...build } }, {
      literalName,
      dropIn: `${dropIn}\n[Service]\nRestart=no`,
    });
    await host.write(`/srv/config/${literalName}/Dockerfile`, dockerfile);
    return new BuiltSite(host, service, image);
  }

  /** What buildx keeps of the service's builds. */
  async buildxFolder(): Promise<string[]> {
    const folder = `/var/lib/service_runner/${this.service.name}/buildx`;
    return (await this.host.attempt("ls", folder)).stdout.split("\n").filter((name) => name !== "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    await this.host.shell('rm -r "/srv/config/$1"; docker rmi "$2" || true', this.service.name, this.image);
  }
}

/** Builds and starts; the service writes what the build has made. */
async function assertBuilds(host: Host, { lines, ...options }: BuildOptions & { lines: string[] }) {
  await using site = await BuiltSite.create(host, options);
  await site.service.start();
  await site.service.untilRecord("the build's result", ({ message }) => message === lines.at(-1));
  equal((await site.service.lines()).join(), lines.join());
  return await site.buildxFolder();
}

testOnHosts("build: with BuildKit, by buildx", async (host) => {
  const file = "/srv/config/a secret, with a comma";
  await host.write(file, "with a secret\n");
  const kept = await assertBuilds(host, {
    dockerfile: FROM + CACHE + SECRET + HEREDOC + CMD,
    build: { secrets: { word: file } },
    lines: ["by BuildKit", "with a secret", "with a heredoc"],
  });
  await host.run("rm", file);
  ok(kept.length > 0, "buildx keeps nothing in the state folder");
}, { on: ["13", "14"] });

testOnHosts("build: with BuildKit, by the command line that has it in it", async (host) => {
  const dropIn = "[Service]\nEnvironment=DOCKER_BUILDKIT=1";
  await assertBuilds(host, { dockerfile: FROM + CACHE + CMD, dropIn, lines: ["by BuildKit"] });
}, { on: ["12"] });

testOnHosts("build: without BuildKit", async (host) => {
  const dockerfile = `${FROM}RUN echo by the older builder >/made\n${CMD}`;
  const kept = await assertBuilds(host, {
    dockerfile,
    dropIn: WITHOUT_BUILDX,
    lines: ["by the older builder"],
  });
  equal(kept.join(), "");
});

testOnHosts("build: what fails says why", async (host) => {
  const dockerfile = `${FROM}RUN echo oh no >&2; exit 3\n`;
  await using site = await BuiltSite.create(host, { dockerfile });
  const { service } = site;
  equal((await service.begin("start").result).code, 1);
  const { ExecMainStatus, StatusText } = await service.state();
  equal(ExecMainStatus, "70");
  match(StatusText, /^Failed: Cannot build the image .*: 3$/);
  const told = await service.untilRecord(
    "the last lines",
    ({ message }) => message.includes("its last lines"),
  );
  match(told.message, /\noh no$/);
});

testOnHosts("build: systemctl stop ends it with all its processes", async (host) => {
  const mark = crypto.randomUUID();
  const dockerfile = `${FROM}RUN echo ${mark}; sleep 100000; true\n`;
  await using site = await BuiltSite.create(host, { dockerfile });
  const { service } = site;
  const starting = service.begin("start");
  await service.untilStatus(/^Building \S+: step 2\/2, RUN$/);
  const isBuilding = async () => (await host.attempt("pgrep", "-f", mark)).code === 0;
  await poll(30_000, "the command of the build", async () => await isBuilding() || undefined);
  await service.stop();
  await starting.result;
  await poll(30_000, "the end of that command", async () => !await isBuilding() || undefined);
  equal((await host.attempt("pgrep", "-f", `docker.* build .*${service.name}`)).code, 1);
});
