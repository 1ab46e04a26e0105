/** What takes long to make and stays the same: kept outside the repository, from one run to the next. */

const FOLDER = "service_runner-e2e";
/** Longer than any run takes, so that nothing goes that another one is using. */
const KEPT_UNUSED_MS = 7 * 24 * 3_600_000;

export interface CacheEntry {
  /** Names the kind of thing, e.g. `debian-13`. */
  readonly kind: string;
  /** Whatever the thing is made from; another recipe is another thing. */
  readonly recipe: string;
  /** Makes it, as one file at this path. */
  readonly make: (path: string) => Promise<void>;
}

/** The path of the file; made first when it is not there yet. Makes one kind once, however many ask for it. */
export function cached(entry: CacheEntry): Promise<string> {
  const present = pending.get(entry.kind) ?? find(entry);
  pending.set(entry.kind, present);
  return present;
}

const pending = new Map<string, Promise<string>>();

/** The folder; it exists. */
async function cacheFolder(): Promise<string> {
  const folder = `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache`}/${FOLDER}`;
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

/** The first digits of the SHA-256 of a text. */
export async function shortDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

async function find({ kind, recipe, make }: CacheEntry): Promise<string> {
  const folder = await cacheFolder();
  const path = `${folder}/${kind}-${await shortDigest(recipe)}`;
  if (await Deno.stat(path).catch(() => undefined) === undefined) {
    const unfinished = `${path}.${crypto.randomUUID().slice(0, 8)}`;
    try {
      await make(unfinished);
      await Deno.rename(unfinished, path);
    } finally {
      await Deno.remove(unfinished).catch(() => {});
    }
  }
  await Deno.utime(path, new Date(), new Date());
  await removeUnused(folder, kind);
  return path;
}

async function removeUnused(folder: string, kind: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(`${kind}-`)) continue;
    const mtime = (await Deno.stat(`${folder}/${name}`).catch(() => undefined))?.mtime;
    if (mtime && Date.now() - mtime.getTime() > KEPT_UNUSED_MS) {
      // An interrupted run leaves folders, too. Another run may be at it as well.
      await Deno.remove(`${folder}/${name}`, { recursive: true }).catch(() => {});
    }
  }
}
