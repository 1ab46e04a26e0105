/** Images of the inner engine, made from busybox and from what Debian itself brings. */
import { BASE_IMAGE, rootFileSystem } from "../../support/images.ts";
import { EXCHANGE, type Host } from "./host.ts";

export const INNER_IMAGES = {
  /** busybox. */
  base: "e2e/base:latest",
  /** busybox; healthy as soon as /data/healthy is there. */
  health: "e2e/health:latest",
  /** busybox and systemd-notify. */
  notify: "e2e/notify:latest",
} as const;

const HEALTHCHECK = "HEALTHCHECK --interval=1s --timeout=5s --retries=1000 CMD test -e /data/healthy";

/** Imports them all. */
export async function addInnerImages(host: Host): Promise<void> {
  const tar = await rootFileSystem(BASE_IMAGE);
  await Deno.writeFile(`${host.exchange}/base.tar`, tar);
  const { base, health, notify } = INNER_IMAGES;
  const path = "ENV PATH=/bin:/usr/bin";
  await host.docker("import", "--change", path, `${EXCHANGE}/base.tar`, base);
  await host.docker("import", "--change", path, "--change", HEALTHCHECK, `${EXCHANGE}/base.tar`, health);
  await host.shell(ADD_NOTIFY, `${EXCHANGE}/base.tar`, path, notify);
}

/** `$1` a tar, `$2` a change, `$3` the image's name. */
const ADD_NOTIFY = `root=$(mktemp -d)
tar -xf "$1" -C "$root"
for file in /usr/bin/systemd-notify $(ldd /usr/bin/systemd-notify | grep -o '/[^ ]*'); do
  mkdir -p "$root$(dirname "$file")"
  cp -L "$file" "$root$file"
done
tar -C "$root" -c . | docker import --change "$2" - "$3"
rm -r "$root"
`;
