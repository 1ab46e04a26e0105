/** A service of a Compose file moves to systemd, by the commands that a person types, with the Compose of the host. */
import { equal, match } from "node:assert/strict";
import { addCompose } from "./support/compose_plugin.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

/** Compose reads a `$` for itself. */
const SCRIPT = `httpd -p 8080 -h /etc; ${IDLE}`.replaceAll("$", "$$$$");

const COMPOSE = `
services:
  web:
    image: ${INNER_IMAGES.base}
    container_name: NAME
    command: [sh, -c, ${JSON.stringify(SCRIPT)}]
    environment: { GREETING: "\${GREETING:?}" }
    networks: [front]
    healthcheck: { test: wget -qO- http://localhost:8080/hostname || exit 1, interval: 1s, timeout: 5s }
  db: { image: ${INNER_IMAGES.base}, networks: [front] }
networks:
  front: { ipam: { config: [{ subnet: 10.29.91.0/24 }] } }
`;

const FILES = {
  "compose.yaml": COMPOSE,
  "compose.override.yaml": "services: { web: { hostname: over } }\n",
  ".env": "GREETING='hello, world'\n",
};

testOnHosts(
  "a service of a Compose file is imported, and runs with the network that is advised",
  async (host) => {
    await using _ = await addCompose(host);
    // Removes what comes of it, also where the test fails.
    await using service = await ServiceUnit.create(host, { script: IDLE });
    const folder = `${service.data}/shop`;
    for (const [name, text] of Object.entries(FILES)) {
      await host.write(`${folder}/${name}`, text.replaceAll("NAME", service.name));
    }
    await host.shell(
      'cd "$1"; service_runner import compose.yaml web >"$2"; service_runner validate "$2"',
      folder,
      service.configPath,
    );
    const imported = await host.run("cat", service.configPath);
    const piped = await host.shell(
      'cd "$1"; docker compose config --format json | service_runner import - web',
      folder,
    );
    const [, ...lines] = imported.split("\n");
    equal(piped, ["# Imported from standard input, service web.", ...lines].join("\n"));

    const advice = /^# {5}(docker network create .* (\S+))$/m.exec(imported);
    await host.shell(advice?.[1] ?? "");
    try {
      await service.start();
      await service.untilStatus(/ 2 checks pass/);
      const format = "{{.Config.Hostname}} {{.Config.Env}} {{json .NetworkSettings.Networks}}";
      const container = await host.docker("inspect", "--format", format, service.name);
      match(container, /^over \[GREETING=hello, world .*"shop_front":.*"web".*"IPAddress":"10\.29\.91\.2"/);
      await service.stop();
    } finally {
      await host.systemctl("stop", service.unit);
      await host.docker("network", "rm", advice?.[2] ?? "");
    }
  },
);
