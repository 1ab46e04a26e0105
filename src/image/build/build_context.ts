/**
 * The files that a build can use, as the tar archive that ImageBuild of the Engine API takes.
 * In: a folder, its Dockerfile and `.dockerignore`. Out: the archive, piece by piece; no file is held in memory whole.
 */
import type { FolderEntry, Host } from "../../host/host.ts";
import { innermostMessage } from "../../logging/innermost_message.ts";
import type { WantedBuild } from "../wanted_image.ts";
import { IgnoreRules } from "./ignore_rules.ts";
import { paddingBytes, TAR_END, tarHead } from "./tar.ts";

const IGNORE_FILE = ".dockerignore";
/** The name in the archive of a Dockerfile from outside the folder. */
const FOREIGN_DOCKERFILE = ".dockerfile.service_runner";
const PIECE_BYTES = 64 * 1024;
/** For the Dockerfile and `.dockerignore`. */
const TEXT_LIMIT_BYTES = 4 * 1024 * 1024;

/** A file can not be used; `message` says which one and why. */
export class BuildContextError extends Error {
  override name = "BuildContextError";
}

/** A folder with its Dockerfile and ignore rules, ready to be sent. */
export class BuildContext {
  private constructor(
    readonly folder: string,
    /** The Dockerfile's path in the archive. */
    readonly dockerfile: string,
    readonly dockerfileText: string,
    readonly rules: IgnoreRules,
    /** Files that the folder does not have, or that replace its own: their paths and texts. */
    readonly extraFiles: ReadonlyMap<string, string>,
    readonly host: Host,
  ) {}

  /** @throws BuildContextError */
  static async open({ context, dockerfile }: WantedBuild, host: Host): Promise<BuildContext> {
    const dockerfileText = await readText(dockerfile, host);
    if (dockerfileText === undefined) throw unreadable(dockerfile, "there is no such file");
    const ownIgnoreFile = dockerfile + IGNORE_FILE;
    const ignoreFile = `${context}/${IGNORE_FILE}`;
    const own = await readText(ownIgnoreFile, host);
    const common = await readText(ignoreFile, host);
    const ignored = own ?? common ?? "";
    const rules = parseRules(ignored, own === undefined ? ignoreFile : ownIgnoreFile);
    const root = context === "/" ? "/" : `${context}/`;
    if (dockerfile.startsWith(root)) {
      const path = dockerfile.slice(root.length);
      return new BuildContext(context, path, dockerfileText, rules, new Map(), host);
    }
    // The builder takes away what `.dockerignore` names before it begins: so no COPY sees these files.
    const unseen = [FOREIGN_DOCKERFILE, ...(common === undefined ? [IGNORE_FILE] : [])];
    const extraFiles = new Map([
      [IGNORE_FILE, [ignored, ...unseen, ""].join("\n")],
      [FOREIGN_DOCKERFILE, dockerfileText],
    ]);
    return new BuildContext(context, FOREIGN_DOCKERFILE, dockerfileText, rules, extraFiles, host);
  }

  /** The archive, in pieces of 64 KiB. @throws BuildContextError */
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
    for (const [path, text] of this.extraFiles) {
      const bytes = new TextEncoder().encode(text);
      const sizeBytes = bytes.length;
      yield tarHead({ path, kind: "file", mode: 0o600, sizeBytes, modifiedAtMs: 0, target: "" });
      yield bytes;
      yield new Uint8Array(paddingBytes(sizeBytes));
    }
    yield* this.#folder("");
    yield TAR_END;
  }

  /** `parent`: empty for the folder itself; else a path in it, with a slash at its end. */
  async *#folder(parent: string): AsyncGenerator<Uint8Array> {
    const folder = `${this.folder}/${parent}`;
    const entries = await this.host.listFolder(folder).catch((error: unknown) => {
      throw unreadable(folder, error);
    });
    for (const entry of entries) {
      const path = parent + entry.name;
      // Sockets, pipes and devices mean nothing on the engine's side.
      if (entry.kind === "other" || this.extraFiles.has(path)) continue;
      const isIgnored = !this.#isNeeded(path) && this.rules.ignores(path);
      if (!isIgnored) yield tarHead({ ...entry, kind: entry.kind, path });
      if (entry.kind === "file" && !isIgnored) yield* this.#content(path, entry);
      if (entry.kind === "folder" && (!isIgnored || this.#mayHoldMore(path))) yield* this.#folder(`${path}/`);
    }
  }

  /** Whether the builder needs the file; it keeps it out of the image by itself if `.dockerignore` says so. */
  #isNeeded(path: string): boolean {
    return path === IGNORE_FILE || path === this.dockerfile;
  }

  /** Whether something in this ignored folder may have to be sent all the same. */
  #mayHoldMore(folder: string): boolean {
    return this.rules.mayKeepIn(folder) || this.dockerfile.startsWith(`${folder}/`);
  }

  /** Exactly as many bytes as the file's head has announced, whatever is written to the file meanwhile. */
  async *#content(path: string, { sizeBytes }: FolderEntry): AsyncGenerator<Uint8Array> {
    const file = `${this.folder}/${path}`;
    let leftBytes = sizeBytes;
    try {
      for await (const piece of this.host.readPieces(file)) {
        const part = piece.subarray(0, leftBytes);
        yield part;
        leftBytes -= part.length;
        if (leftBytes === 0) break;
      }
    } catch (error) {
      throw unreadable(file, error);
    }
    if (leftBytes > 0) throw unreadable(file, "it has become shorter meanwhile");
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

/** Undefined if there is no such file. @throws BuildContextError */
async function readText(file: string, host: Host): Promise<string | undefined> {
  const read = await host.readFile(file, TEXT_LIMIT_BYTES);
  if (read.kind === "error") throw unreadable(file, read.reason);
  return read.kind === "missing" ? undefined : new TextDecoder().decode(read.bytes);
}

function unreadable(file: string, reason: unknown): BuildContextError {
  return new BuildContextError(`cannot read "${file}": ${innermostMessage(reason)}`);
}
