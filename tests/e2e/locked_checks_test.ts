/** Checks by commands, on the host and in the container, in the unit as it is shipped. */
import { equal, ok } from "node:assert/strict";
import { testOnHosts } from "./support/test_on_hosts.ts";
import { IDLE, ServiceUnit } from "./support/service_unit.ts";

testOnHosts(
  "checks by commands work in the locked unit; what it forbids fails, and a drop-in allows it",
  async (host) => {
    await host.shell("mkdir -p /var/spool/thing && chown server-acct /var/spool/thing");
    const config = {
      script: `touch /tmp/inside; ${IDLE}`,
      ready: { when: "checks" },
      monitor: {
        "check_internal_command": [{ "shell_command": "test -e /tmp/inside", frequency: 1 }],
        "check_exe": [{ exe: "/usr/bin/docker", arguments: ["version"], frequency: 1 }],
        "check_shell_command": [
          {
            "shell_command": "systemctl is-active docker.service",
            expected: { stdout: "active\n" },
            frequency: 1,
          },
          {
            "shell_command": "echo x >/tmp/x && test -w /srv/config && ps ax | grep -q [d]ockerd",
            frequency: 1,
          },
        ],
      },
    };
    await using service = await ServiceUnit.create(host, config);
    await service.start();
    await service.untilStatus(/5 checks pass/);

    const spool = [{ name: "spool", "shell_command": "touch /var/spool/thing/file", frequency: 1 }];
    await service.configure({ ...config, monitor: { "check_shell_command": spool } });
    await host.systemctl("reload", service.unit);
    const failure = await service.untilRecord(
      "the failure",
      ({ message, source }) => source === "monitoring" && message.includes("spool"),
    );
    ok(JSON.stringify(failure).includes("Read-only file system"), JSON.stringify(failure));
    await host.write(
      `/etc/systemd/system/${service.unit}.d/test.conf`,
      "[Service]\nReadWritePaths=/var/spool/thing\n",
    );
    await host.systemctl("daemon-reload");
    await host.systemctl("restart", service.unit);
    await service.untilStatus(/2 checks pass/);
    equal((await host.run("stat", "-c", "%U", "/var/spool/thing/file")).trim(), "server-acct");
    await host.run("rm", "-r", "/var/spool/thing");
  },
);
