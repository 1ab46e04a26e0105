/** The engine's packages are installed anew under a running service, as an upgrade of the machine does it. */
import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import type { Host } from "./support/host.ts";
import { liveRestore } from "./support/live_restore.ts";
import { ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

/** Those with what runs: the restart of containerd is in the scripts of its package, one of the engine in none. */
const PACKAGES = ["containerd", "runc", "docker.io"];
/** Prints 1, 2, 3 …, some two hundred a second, until it is asked to stop. */
const COUNT = `trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.005; done`;

testOnHosts(
  "the engine's packages are installed anew: the service lives on, each line is there once",
  upgrade,
);

testOnHosts("the engine's packages are installed anew, with live-restore: the same", async (host) => {
  await using _ = await liveRestore(host);
  await upgrade(host);
});

async function upgrade(host: Host): Promise<void> {
  const packages = (await host.shell(REPACK, ...PACKAGES)).trim();
  await using service = await ServiceUnit.create(host, { script: COUNT });
  await service.start();
  const [container, { MainPID }] = [await service.container(), await service.state()];
  const containerd = await host.show("containerd.service", "MainPID");
  await service.untilRecord("lines", ({ message }) => Number(message) > 100);
  await host.shell('dpkg --install "$1"/*.deb && rm -r "$1"', packages);
  notDeepEqual(await host.show("containerd.service", "MainPID"), containerd, "no script has restarted it");
  const count = (await service.lines()).length;
  await service.untilRecord("further lines", ({ message }) => Number(message) > count + 200);
  equal((await service.state()).MainPID, MainPID);
  deepEqual(await service.container(), container);
  await service.stop();
  equal((await service.state()).Result, "success");
  equal(await service.container(), undefined);
  const lines = await service.lines();
  deepEqual(lines, lines.map((_, index) => `${index + 1}`));
}

/** Makes the installed packages of these names again, from their files on this host; prints the folder of them. */
const REPACK = `cd "$(mktemp -d -p /var/tmp)"
for package; do
  mkdir -p "$package/DEBIAN"
  # Left out: documents, which the host is without, and folders that are links to others here.
  while read -r path; do
    if [ -e "$path" ] && ! { [ -L "$path" ] && [ -d "$path" ]; }; then echo "$path"; fi
  done <"/var/lib/dpkg/info/$package.list" | tar -P --no-recursion -T - -c | tar -C "$package" -x
  for file in $(dpkg-query --control-list "$package"); do
    dpkg-query --control-show "$package" "$file" >"$package/DEBIAN/$file"
    case $file in *inst | *rm | config) chmod 755 "$package/DEBIAN/$file" ;; esac
  done
  dpkg --status "$package" | awk '/^Status:/ { next } /^Conffiles:/ { skip = 1; next } skip && /^ / { next }
    { skip = 0; print }' >"$package/DEBIAN/control"
  dpkg-deb -Znone --build "$package" >/dev/null
  rm -r "$package"
done
pwd
`;
