/** Where this machine gets its Debian packages from: the same way is open to debootstrap. */

const DEFAULT_MIRROR = "http://deb.debian.org/debian";

/** The mirror of Debian's main archive: this machine's own if it is a Debian, else Debian's default. */
export async function debianMirror(): Promise<string> {
  const files = ["/etc/apt/sources.list"];
  try {
    for await (const { name } of Deno.readDir("/etc/apt/sources.list.d")) {
      if (/\.(list|sources)$/.test(name)) files.push(`/etc/apt/sources.list.d/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const texts = await Promise.all(files.sort().map((file) => Deno.readTextFile(file).catch(() => "")));
  return findMirror(texts.join("\n")) ?? DEFAULT_MIRROR;
}

/** The first address in the text of apt's sources, in either format, under which a Debian archive lies. */
export function findMirror(sources: string): string | undefined {
  for (const line of sources.split("\n")) {
    if (!/^\s*(deb\s|URIs:)/.test(line)) continue;
    const mirror = /\bhttps?:\/\/\S+\/debian\/?(?=\s|$)/.exec(line)?.[0];
    if (mirror !== undefined) return mirror;
  }
  return undefined;
}

/** The proxy that apt uses, if it uses one. */
export async function aptProxy(): Promise<string | undefined> {
  const { stdout } = await new Deno.Command("apt-config", { args: ["dump", "Acquire::http::Proxy"] })
    .output();
  return /^Acquire::http::Proxy "([^"]+)";/m.exec(new TextDecoder().decode(stdout))?.[1];
}
