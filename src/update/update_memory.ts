// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/**
 * What a service remembers of its images from one run to the next: `update.json` in the unit's state folder.
 * In: the file. Out: the same, written so that a power cut leaves the old text or the new one.
 */
import type { Host } from "../host/host.ts";
import type { UpdateResult } from "../logging/update_result.ts";

const FILE_NAME = "update.json";
const LIMIT_BYTES = 65_536;
const LONGEST_REASON = 500;
/** For owner and group: whoever may read the unit's journal may read this. */
const MODE = 0o640;

/** Times are RFC 3339. */
export interface UpdateMemory {
  /** What it is about, as the config has it: of another image nothing is remembered. */
  readonly image: string;
  /** The image that was no good, which is not started again as long as the tag means it. */
  readonly refused: {
    readonly id: string;
    /** As the registry has it; null where it has none. */
    readonly digest: string | null;
    readonly at: string;
    readonly why: string;
  } | null;
  /** The id of the image to go back to; the engine has it under the name `previousName()`. */
  readonly previous: string | null;
  /** When this machine first saw a digest in the registry. */
  readonly first_seen: Readonly<Record<string, string>>;
  /** What the last update came to. */
  readonly last: UpdateResult | null;
}

/** Why somebody's own wish has an image refused. */
export const BY_HAND = "rolled back by hand";

/** Where a unit has its state, from `STATE_DIRECTORY`; undefined where there is none. */
export function stateFolder({ env }: Pick<Host, "env">): string | undefined {
  return env("STATE_DIRECTORY")?.split(":")[0] || undefined;
}

export function nothingRemembered(image: string): UpdateMemory {
  return { image, refused: null, previous: null, first_seen: {}, last: null };
}

/** From now on the image is not started again, as long as its tag means it. */
export function withRefused(
  memory: UpdateMemory,
  image: Omit<NonNullable<UpdateMemory["refused"]>, "at">,
): UpdateMemory {
  return { ...memory, refused: { ...image, why: shortened(image.why), at: new Date().toISOString() } };
}

/** What registries say may be long, and the file must not become so. */
export function shortened(why: string): string {
  return why.length <= LONGEST_REASON ? why : `${why.slice(0, LONGEST_REASON)} …`;
}

/** When this machine first saw what an update is about; null where that is not known. `digest`: in its registry. */
export function seenAt(memory: UpdateMemory, digest: string | null): string | null {
  return digest === null ? null : memory.first_seen[digest] ?? null;
}

/** Empty where there is none of this image. `folder`: the unit's state folder. @throws Error if it can not be read */
export async function readUpdateMemory(
  folder: string,
  image: string,
  host: Pick<Host, "readFile">,
): Promise<UpdateMemory> {
  const empty = nothingRemembered(image);
  const path = `${folder}/${FILE_NAME}`;
  const read = await host.readFile(path, LIMIT_BYTES);
  if (read.kind === "missing") return empty;
  if (read.kind === "error") throw new Error(`Cannot read "${path}": ${read.reason}`);
  const memory = parse(new TextDecoder().decode(read.bytes));
  return memory?.image === image ? { ...empty, ...memory } : empty;
}

/** What the last update came to, of whatever image; null where there was none, or it can not be read. */
export function readLastUpdate(folder: string, host: Pick<Host, "readOthersFile">): UpdateResult | null {
  const read = host.readOthersFile(`${folder}/${FILE_NAME}`, LIMIT_BYTES, { followsLinks: false });
  return read.kind === "content" ? parse(new TextDecoder().decode(read.bytes))?.last ?? null : null;
}

/** Also by root in the place of a service: it can read it then. @throws Error if it can not be written */
export function writeUpdateMemory(
  folder: string,
  memory: UpdateMemory,
  host: Pick<Host, "replaceFile">,
): void {
  const text = `${JSON.stringify(memory, null, 2)}\n`;
  host.replaceFile(`${folder}/${FILE_NAME}`, text, { mode: MODE, isDurable: true, sharesOwner: true });
}

/** Undefined for what is no such file. */
function parse(text: string): Partial<UpdateMemory> | undefined {
  try {
    const memory: Partial<UpdateMemory> = JSON.parse(text);
    const { previous = null, refused = null, first_seen = {}, last = null } = memory;
    const isText = (value: unknown) => value === null || typeof value === "string";
    const areTexts = [previous, last?.from, last?.to, last?.why, refused?.id, refused?.digest, refused?.why]
      .every((value) => value === undefined || isText(value));
    const isWhole = areTexts && isText(refused && refused.id) && isText(last && last.state) &&
      first_seen !== null && Object.values(first_seen).every((at) => !Number.isNaN(Date.parse(at)));
    return isWhole ? memory : undefined;
  } catch {
    return undefined;
  }
}
