/** Docker Hub, as far as the pages pull from it: each name is an image that serves what the pages' checks ask for. */
import { pushImage } from "../../support/registry.ts";
import { buildImage, type ImageDefinition } from "../../support/images.ts";
import { testEngine, testRegistry } from "../../support/test_engine.ts";
import type { Host } from "./host.ts";
import { HostRegistry } from "./host_registry.ts";

const FOLDER = "/usr/share/nginx/html";
// In a shell of its own: the first process's output stays where tests write to it.
const SERVE = `(printf '#!/bin/sh\\n' >/bin/pg_isready)
chmod +x /bin/pg_isready
trap 'exit 0' TERM
for port in 80 8080 8086; do httpd -f -p $port -h ${FOLDER} & done
wait
`;
const STAND_IN: ImageDefinition = {
  // Whatever command a config has: it is for the real image.
  changes: ["ENV PATH=/bin", 'ENTRYPOINT ["sh", "/serve"]'],
  files: {
    "/serve": SERVE,
    [`${FOLDER}/index.html`]: "<h1>Welcome</h1>\n",
    [`${FOLDER}/health`]: "ok\n",
    [`${FOLDER}/ping`]: "ok\n",
  },
};

/** Is there for the host's engine until disposed. */
export async function openDockerHub(host: Host, images: readonly string[]): Promise<AsyncDisposable> {
  await (pushed ??= pushStandIns(images));
  const registry = await HostRegistry.open(host);
  const settings = { "registry-mirrors": [`http://127.0.0.1:${registry.port}`] };
  await host.write("/etc/docker/daemon.json", JSON.stringify(settings));
  await host.systemctl("reload", "docker.service");
  return registry;
}

/** Once for all hosts. */
let pushed: Promise<void> | undefined;

async function pushStandIns(images: readonly string[]): Promise<void> {
  const engine = testEngine();
  const source = `service_runner-e2e/hub-${crypto.randomUUID().slice(0, 8)}:latest`;
  await buildImage(engine, source, STAND_IN);
  for (const image of images) {
    const repository = image.includes("/") ? image : `library/${image}`;
    const name = repository.includes(":") ? repository : `${repository}:latest`;
    await pushImage(engine, { source, registry: testRegistry(), name });
  }
  await engine.removeImage(source);
}
