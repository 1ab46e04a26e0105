/** What goes wrong at night: what is seen of each, and that doing what `doctor` says helps. */
import { ACCOUNT } from "../support/registry.ts";
import type { Host } from "./support/host.ts";
import { HostRegistry } from "./support/host_registry.ts";
import { getOver, seeHealed } from "./support/incident.ts";
import { INNER_IMAGES } from "./support/inner_images.ts";
import { PrivateSite } from "./support/private_site.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts, testSideBySide } from "./support/test_on_hosts.ts";

const { base, health } = INNER_IMAGES;

async function started(...args: Parameters<typeof ServiceUnit.create>): Promise<ServiceUnit> {
  const service = await ServiceUnit.create(...args);
  await service.start();
  return service;
}

function freePort(): number {
  return 30_000 + Math.floor(Math.random() * 2_000);
}

testSideBySide("incidents of a container", {
  "it is killed": async (host) => {
    await using service = await started(host, { script: IDLE });
    await host.docker("kill", service.name);
    await seeHealed(service, {
      status: /ended from outside: killed by way of Docker/,
      doctor: /^warning +service +Running since .*; restarted once; before, at .*killed by way of Docker/m,
    });
  },

  "it is removed by docker rm -f": async (host) => {
    await using service = await started(host, { script: IDLE });
    await host.docker("rm", "--force", service.name);
    await seeHealed(service, {
      status: /killed and removed by way of Docker, as by docker rm --force/,
      doctor: /^warning +service +Running since .*; restarted once; before, at .*as by docker rm --force/m,
    });
  },

  "it fails again and again": async (host) => {
    const script = `test -e /data/key || { echo "/data/key is missing"; exit 3; }; ${IDLE}`;
    await using service = await ServiceUnit.create(host, { script });
    await service.begin("start").result;
    await service.until("restarted", ({ NRestarts }) => Number(NRestarts) > 0);
    await getOver(service, {
      status: /Status: "Failed: The container has ended by itself: exit code 3"/,
      doctor: /^problem +service +failed at .*: exit code 3; its last line: \/data\/key is missing$/m,
      byHand: () => service.touch("key"),
    });
  },

  "it does not become ready": async (host) => {
    await using service = await ServiceUnit.create(host, {
      script: IDLE,
      image: health,
      ready: { when: "healthy", timeout: "10s" },
    });
    await service.begin("start").result;
    await getOver(service, {
      status: /Status: "Failed: Cannot start the service: /,
      doctor: /^problem +service +failed at .*Cannot start the service: /m,
      byHand: () => service.touch("healthy"),
    });
  },
});

testSideBySide("incidents of what a container needs", {
  "its port is taken": async (host) => {
    const port = freePort();
    await using service = await ServiceUnit.create(host, {
      script: IDLE,
      container_create_args: ["--publish", `${port}:80`],
    });
    const other = `${service.name}-other`;
    await host.docker("run", "--detach", "--name", other, "--publish", `${port}:80`, base, "sleep", "100000");
    await service.begin("start").result;
    await getOver(service, {
      status: new RegExp(`Status: "Failed: Cannot start .*${port}`),
      doctor: new RegExp(`^problem +ports +port ${port}/tcp is taken by the container "${other}"$`, "m"),
    });
    await host.docker("rm", "--force", other);
  },

  "its name is taken": async (host) => {
    await using service = await ServiceUnit.create(host, { script: IDLE });
    await host.docker("run", "--detach", "--name", service.name, base, "sleep", "100000");
    await service.begin("start").result;
    await getOver(service, {
      status: /Status: "Failed: Cannot use the container name .*: a container of this name exists/,
      doctor: /^problem +container name +"\S+" is taken by a container that service_runner has not created$/m,
    });
    await host.docker("rm", "--force", `${service.name}-before`);
  },

  "the source of a bind mount is missing": async (host) => {
    await using service = await ServiceUnit.create(host, { script: IDLE });
    const source = `${service.data}/far/away`;
    await service.configure({
      script: IDLE,
      container_create_args: ["--mount", `type=bind,source=${source},target=/x`],
    });
    await service.begin("start").result;
    await getOver(service, {
      status: /Status: "Failed: .*bind source path does not exist: \S+\/far\/away/,
      doctor: new RegExp(`^problem +bind mount +the source ${source} does not exist$`, "m"),
    });
  },

  "its env file is for root alone": async (host) => {
    await using service = await ServiceUnit.create(host, { script: IDLE });
    const file = `${service.data}/secrets.env`;
    await host.run("install", "-m", "600", "/dev/null", file);
    await service.configure({ script: IDLE, container_create_args: ["--env-file", file] });
    await service.begin("start").result;
    await getOver(service, {
      status: /Status: "Failed: Cannot load config .*secrets\.env.*[Pp]ermission denied/,
      doctor: new RegExp(`^problem +files +"server-acct" may not read ${file}$`, "m"),
    });
  },

  "its config is broken by hand": async (host) => {
    await using service = await started(host, { script: IDLE });
    const good = await host.run("cat", service.configPath);
    await host.write(service.configPath, good.replace('"image"', '"imge"'));
    await host.attempt("systemctl", "restart", service.unit);
    await getOver(service, {
      status:
        /Status: "Failed: Cannot load config .*:\d+:\d+: "imge" is not known here; did you mean "image"\?/,
      doctor: /^problem +config +\S+\.yaml:\d+:\d+: "imge" is not known here; did you mean "image"\?/m,
      byHand: () => host.write(service.configPath, good),
    });
  },

  "a check fails since a name is not found": async (host) => {
    const port = freePort() + 2_000;
    const name = `api-${port}.internal`;
    await using service = await started(host, {
      script: `httpd -f -p 80 & ${IDLE}`,
      container_create_args: ["--publish", `${port}:80`],
      monitor: { check_tcp: [{ host: name, port, frequency: 1 }] },
    });
    await getOver(service, {
      status: new RegExp(`Status: "Running since .*no connection to ${name} .*lookup`),
      doctor: new RegExp(`^problem +service +Running since .*no connection to ${name} `, "m"),
      byHand: () => host.shell('echo "127.0.0.1 $1" >>/etc/hosts', name),
    });
  },
});

testSideBySide("incidents of an image", {
  "it is missing": async (host) => {
    await using registry = await HostRegistry.open(host);
    const image = await registry.pushNewImage();
    await using service = await ServiceUnit.create(host, { script: IDLE, image });
    await service.begin("start").result;
    await getOver(service, {
      status: /Status: "Failed: Cannot use the image "\S+": the engine does not have it/,
      doctor: /^problem +image +\S+ is not there, and "pull" is "never"$/m,
    });
  },

  "its registry is down": async (host) => {
    const registry = await HostRegistry.open(host);
    const image = await registry.pushNewImage();
    const config = { script: IDLE, image, pull: "always" };
    await using service = await started(host, config);
    await registry[Symbol.asyncDispose]();
    await host.attempt("systemctl", "restart", service.unit);
    await getOver(service, {
      status: /Status: "Failed: Cannot pull the image .*connection refused/,
      doctor: /^problem +image +Cannot look up .*connection refused\n.*"pull: prefer" in \S+\.yaml/m,
      byHand: () => service.configure({ ...config, pull: "prefer" }),
    });
  },
});

// One after the other: both are about the file in the account's home.
testOnHosts("incidents of credentials: they are wrong", async (host) => {
  await using site = await PrivateSite.open(host);
  const image = await site.relay.pushNewImage();
  await host.write("/srv/.docker/config.json", site.dockerConfig("not-the-password"));
  await host.run("chown", "-R", "server-acct:", "/srv/.docker");
  await using service = await ServiceUnit.create(host, { script: IDLE, image, pull: "always" });
  await service.begin("start").result;
  await getOver(service, await denied(host, ACCOUNT.password));
  await host.run("rm", "-r", "/srv/.docker", PASSWORD_FILE);
});

testOnHosts("incidents of credentials: they have expired", async (host) => {
  await using site = await PrivateSite.open(host);
  const image = await site.relay.pushNewImage();
  const file = await site.writeCredentials(host);
  await using service = await started(host, { script: IDLE, image, pull: "always" }, {
    dropIn: `[Service]\nLoadCredential=docker-config:${file}`,
  });
  const password = await site.registry.changePassword();
  await host.attempt("systemctl", "restart", service.unit);
  await getOver(service, await denied(host, password));
  await host.run("rm", PASSWORD_FILE);
});

const PASSWORD_FILE = "/run/e2e-password";

/** A registry that refuses the credentials, to which one logs in anew. */
async function denied(host: Host, password: string) {
  await host.write(PASSWORD_FILE, password);
  return {
    status: /Status: "Failed: Cannot pull the image .*\(asked with the credentials of "\/\S+"\)/,
    doctor: /^problem +image +its registry refuses the credentials of "\/\S+\.json": /m,
    typed: (command: string) =>
      / login /.test(command) ? ` --username ${ACCOUNT.username} --password-stdin <${PASSWORD_FILE}` : "",
  };
}

// By themselves: they concern all that is on the host.
testOnHosts("incidents of the engine: it is stopped", async (host) => {
  await using service = await started(host, { script: IDLE });
  // Other tests follow on this host, whatever becomes of this one.
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await host.systemctl("start", "docker.socket", "docker.service"));
  stack.defer(async () =>
    void await host.systemctl("unmask", "--runtime", "docker.socket", "docker.service")
  );
  await host.systemctl("mask", "--runtime", "--now", "docker.socket", "docker.service");
  await getOver(service, {
    status: /Status: ".*[Ee]ngine/,
    doctor: /^problem +engine +Cannot reach the Docker Engine at /m,
  });
});

testOnHosts("incidents of the engine: its socket is for root alone", async (host) => {
  await using service = await started(host, { script: IDLE });
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await host.run("chgrp", "docker", "/run/docker.sock"));
  await host.run("chgrp", "root", "/run/docker.sock");
  await host.attempt("systemctl", "restart", service.unit);
  await getOver(service, {
    status: /Status: "Failed: Cannot reach the Docker Engine .*permission denied/,
    doctor: /^problem +socket permission +"server-acct" may not use \S+, which belongs to root:root /m,
  });
});
