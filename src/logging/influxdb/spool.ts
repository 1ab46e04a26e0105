/**
 * Batches that wait on disk, oldest first: files `00000001.lines`, `00000002.lines`, … in a folder of their own.
 * It is bounded: the oldest file goes when another one would be too much.
 */
import type { Host } from "../../host/host.ts";
import { type Batch, join } from "./batch.ts";
import { decodeFrames, encodeFrame } from "./spool_frames.ts";

export type SpoolHost = Pick<Host, "appendFile" | "listFiles" | "makeFolder" | "readFile" | "removeFile">;

/** A file is written on up to here, so that many short runs do not leave many short files. */
const FILE_BYTES = 512 * 1024;
const READ_LIMIT_BYTES = 64 * 1024 * 1024;
const FILE_NAME = /^(\d{8})\.lines$/;

interface SpoolFile {
  readonly number: number;
  sizeBytes: number;
}

export class Spool {
  /** What is being sent: it neither grows nor is it dropped. */
  #taken: SpoolFile | undefined;
  /** Whether the end of the last file may be written on. */
  #canGrow = false;
  /** Of the next file when there is no other. */
  #nextNumber = 1;
  /** One operation after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly folder: string,
    readonly limitBytes: number,
    readonly host: SpoolHost,
    /** Oldest first. */
    readonly files: SpoolFile[],
  ) {}

  /** @throws if the folder can not be made or read */
  static async open(folder: string, { limitBytes, host }: { limitBytes: number; host: SpoolHost }) {
    await host.makeFolder(folder);
    const files: SpoolFile[] = [];
    for (const { name, sizeBytes } of await host.listFiles(folder)) {
      const number = FILE_NAME.exec(name)?.[1];
      if (number !== undefined) files.push({ number: Number(number), sizeBytes });
    }
    const spool = new Spool(folder, limitBytes, host, files.sort((a, b) => a.number - b.number));
    const last = files.at(-1);
    if (last !== undefined && last.sizeBytes < FILE_BYTES) {
      spool.#canGrow = (await spool.#read(last))?.isIntact ?? false;
    }
    return spool;
  }

  get isEmpty(): boolean {
    return this.files.length === 0;
  }

  /** Writes a batch behind all others; yields how many lines have been dropped for it. @throws if it can not */
  put(batch: Batch): Promise<number> {
    return this.#inTurn(async () => {
      const frame = encodeFrame(batch);
      let dropped = 0;
      while (this.#sizeBytes() + frame.length > this.limitBytes) {
        const oldest = this.files.find((file) => file !== this.#taken);
        // Not even alone would it fit.
        if (oldest === undefined) return dropped + batch.lines;
        dropped += await this.#drop(oldest);
      }
      const file = this.#fileFor(frame.length);
      try {
        await this.host.appendFile(this.#path(file), frame);
        file.sizeBytes += frame.length;
      } catch (error) {
        // It may end in half a frame.
        this.#canGrow = false;
        throw error;
      }
      return dropped;
    });
  }

  /**
   * The oldest file's lines, which stay there until `removeTaken`; undefined if there are none.
   * @throws if the file can not be read; it is left for the next start
   */
  take(): Promise<Batch | undefined> {
    return this.#inTurn(async () => {
      for (;;) {
        const [file] = this.files;
        if (file === undefined) return undefined;
        this.#taken = file;
        const { batches = [] } = await this.#read(file).catch((error: unknown) => {
          this.#forget(file);
          throw error;
        }) ?? {};
        if (batches.length > 0) return join(batches);
        await this.#remove(file);
      }
    });
  }

  /** @throws if the file can not be removed; it is left for the next start */
  removeTaken(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#taken !== undefined) await this.#remove(this.#taken);
    });
  }

  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(operation);
    this.#turn = done.catch(() => {});
    return done;
  }

  #sizeBytes(): number {
    return this.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  #fileFor(bytes: number): SpoolFile {
    const last = this.files.at(-1);
    if (last !== undefined && this.#canGrow && last !== this.#taken && last.sizeBytes + bytes <= FILE_BYTES) {
      return last;
    }
    const file = { number: last === undefined ? this.#nextNumber : last.number + 1, sizeBytes: 0 };
    this.files.push(file);
    this.#canGrow = true;
    return file;
  }

  async #drop(file: SpoolFile): Promise<number> {
    const { batches = [] } = await this.#read(file) ?? {};
    await this.#remove(file);
    return batches.reduce((sum, { lines }) => sum + lines, 0);
  }

  async #remove(file: SpoolFile): Promise<void> {
    this.#forget(file);
    await this.host.removeFile(this.#path(file));
  }

  #forget(file: SpoolFile): void {
    this.files.splice(this.files.indexOf(file), 1);
    if (file === this.#taken) this.#taken = undefined;
    // Its number is not to be used again for one that may still be there.
    if (this.files.length === 0) this.#nextNumber = file.number + 1;
  }

  async #read(file: SpoolFile) {
    const read = await this.host.readFile(this.#path(file), READ_LIMIT_BYTES);
    if (read.kind === "error") throw new Error(read.reason);
    return read.kind === "content" ? decodeFrames(read.bytes as Uint8Array<ArrayBuffer>) : undefined;
  }

  #path({ number }: SpoolFile): string {
    return `${this.folder}/${String(number).padStart(8, "0")}.lines`;
  }
}
