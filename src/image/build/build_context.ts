/**
 * The files that a build gets to see, as the tar archive that POST /build wants.
 * In: the folder, and what its `.dockerignore` leaves out. Out: the archive, piece by piece; no file is held whole.
 */
import type { FolderEntry, Host } from "../../host/host.ts";
import type { WantedBuild } from "../wanted_image.ts";
import { IgnoreRules } from "./ignore_rules.ts";
import { paddingBytes, TAR_END, tarHead } from "./tar.ts";

const IGNORE_FILE = ".dockerignore";
/** What a Dockerfile that is not in the context is called there. */
const FOREIGN_DOCKERFILE = ".dockerfile.service_runner";
const PIECE_BYTES = 64 * 1024;
/** Of `.dockerignore` and the Dockerfile. */
const TEXT_LIMIT_BYTES = 4 * 1024 * 1024;

/** A file is no good; `message` says which one, and why. */
export class BuildContextError extends Error {
  override name = "BuildContextError";
}

/** A folder, its Dockerfile and what is left out of it, ready to be sent. */
export class BuildContext {
  private constructor(
    readonly folder: string,
    /** The Dockerfile's path in the archive. */
    readonly dockerfile: string,
    readonly dockerfileText: string,
    readonly rules: IgnoreRules,
    /** What the archive has in place of, or beside, the files of these names. */
    readonly texts: ReadonlyMap<string, string>,
    readonly host: Host,
  ) {}

  /** @throws BuildContextError */
  static async open({ context, dockerfile }: WantedBuild, host: Host): Promise<BuildContext> {
    const dockerfileText = await readText(dockerfile, host);
    if (dockerfileText === undefined) throw unreadable(dockerfile, "there is no such file");
    const own = await readText(dockerfile + IGNORE_FILE, host);
    const common = await readText(`${context}/${IGNORE_FILE}`, host);
    const text = own ?? common ?? "";
    const rules = parseRules(
      text,
      own === undefined ? `${context}/${IGNORE_FILE}` : dockerfile + IGNORE_FILE,
    );
    const inside = context === "/" ? "/" : `${context}/`;
    if (dockerfile.startsWith(inside)) {
      return new BuildContext(
        context,
        dockerfile.slice(inside.length),
        dockerfileText,
        rules,
        new Map(),
        host,
      );
    }
    // The engine takes away what stands in `.dockerignore` before the build: then no COPY sees it.
    const unseen = [FOREIGN_DOCKERFILE, ...(common === undefined ? [IGNORE_FILE] : [])];
    const texts = new Map([
      [IGNORE_FILE, [text, ...unseen, ""].join("\n")],
      [FOREIGN_DOCKERFILE, dockerfileText],
    ]);
    return new BuildContext(context, FOREIGN_DOCKERFILE, dockerfileText, rules, texts, host);
  }

  /** The archive, in large pieces. @throws BuildContextError */
  async *tar(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(PIECE_BYTES);
    let filled = 0;
    for await (let piece of this.#pieces()) {
      while (piece.length > 0) {
        const part = piece.subarray(0, PIECE_BYTES - filled);
        buffer.set(part, filled);
        filled += part.length;
        piece = piece.subarray(part.length);
        if (filled < PIECE_BYTES) continue;
        yield buffer.slice();
        filled = 0;
      }
    }
    if (filled > 0) yield buffer.slice(0, filled);
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for (const [path, text] of this.texts) {
      const bytes = new TextEncoder().encode(text);
      yield tarHead({
        path,
        kind: "file",
        mode: 0o600,
        sizeBytes: bytes.length,
        modifiedAtMs: 0,
        target: "",
      });
      yield bytes;
      yield new Uint8Array(paddingBytes(bytes.length));
    }
    yield* this.#folder("");
    yield TAR_END;
  }

  /** `parent`: empty, or with a slash at its end. */
  async *#folder(parent: string): AsyncGenerator<Uint8Array> {
    const entries = await nameFileInError(
      `${this.folder}/${parent}`,
      () => this.host.listFolder(`${this.folder}/${parent}`),
    );
    for (const entry of entries) {
      const path = parent + entry.name;
      // Nobody can do anything with the socket of another machine.
      if (entry.kind === "other" || this.texts.has(path)) continue;
      const isIgnored = !this.#isNeeded(path) && this.rules.ignores(path);
      if (!isIgnored) yield tarHead({ ...entry, kind: entry.kind, path });
      if (entry.kind === "file" && !isIgnored) yield* this.#content(path, entry);
      if (entry.kind === "folder" && (!isIgnored || this.#mayHoldMore(path))) yield* this.#folder(`${path}/`);
    }
  }

  /** By the engine itself: it leaves these two out of the image if they are to be left out. */
  #isNeeded(path: string): boolean {
    return path === IGNORE_FILE || path === this.dockerfile;
  }

  #mayHoldMore(folder: string): boolean {
    return this.rules.mayKeepIn(folder) || this.dockerfile.startsWith(`${folder}/`);
  }

  /** Exactly as many bytes as the head has said. */
  async *#content(path: string, { sizeBytes }: FolderEntry): AsyncGenerator<Uint8Array> {
    const file = `${this.folder}/${path}`;
    let leftBytes = sizeBytes;
    const pieces = this.host.readPieces(file)[Symbol.asyncIterator]();
    try {
      while (leftBytes > 0) {
        const { value, done } = await nameFileInError(file, () => pieces.next());
        if (done) throw unreadable(file, "it has become shorter meanwhile");
        // What is being added to it is not of this build.
        yield value.subarray(0, leftBytes);
        leftBytes -= Math.min(value.length, leftBytes);
      }
    } finally {
      await pieces.return?.();
    }
    yield new Uint8Array(paddingBytes(sizeBytes));
  }
}

function parseRules(text: string, file: string): IgnoreRules {
  try {
    return new IgnoreRules(text);
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function readText(file: string, host: Host): Promise<string | undefined> {
  const read = await host.readFile(file, TEXT_LIMIT_BYTES);
  if (read.kind === "error") throw unreadable(file, read.reason);
  return read.kind === "missing" ? undefined : new TextDecoder().decode(read.bytes);
}

async function nameFileInError<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, reason: unknown): BuildContextError {
  return new BuildContextError(`cannot read "${file}": ${reason instanceof Error ? reason.message : reason}`);
}
