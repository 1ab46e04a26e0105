/**
 * The spool: batches that wait on disk until InfluxDB takes them, also over a restart of the program.
 * In: batches. Out: the oldest first. They are in files `00000001.lines`, `00000002.lines`, … of one folder (see
 * `spool_frames.ts`), which together stay within a bound: for a new batch that has no room, the oldest file goes.
 */
import type { Host } from "../../host/host.ts";
import { type Batch, join } from "./batch.ts";
import { decodeFrames, encodeFrame } from "./spool_frames.ts";

/** Batches are added to the last file up to this size, so that many short runs do not leave many short files. */
const FILE_BYTES = 512 * 1024;
const READ_LIMIT_BYTES = 64 * 1024 * 1024;
const FILE_NAME = /^(\d{8})\.lines$/;

interface SpoolFile {
  readonly number: number;
  sizeBytes: number;
}

export class Spool {
  /** The file that is being sent: nothing is added to it, and it is not removed to make room. */
  #taken: SpoolFile | undefined;
  /** Whether the last file ends with a whole frame, so that another one can follow. */
  #canGrow = false;
  /** Of the newest file; not given out again, since a file that can not be removed stays there. */
  #lastNumber = 0;
  /** Operations run one after the other; this is the last one. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly folder: string,
    readonly limitBytes: number,
    readonly host: Host,
    /** Oldest first. */
    readonly files: SpoolFile[],
  ) {}

  /** Takes over what an earlier run has left in the folder. @throws if the folder can not be made or read */
  static async open(folder: string, { limitBytes, host }: { limitBytes: number; host: Host }) {
    await host.makeFolder(folder);
    const files: SpoolFile[] = [];
    for (const { name, sizeBytes } of await host.listFolder(folder)) {
      const number = FILE_NAME.exec(name)?.[1];
      if (number !== undefined) files.push({ number: Number(number), sizeBytes });
    }
    const spool = new Spool(folder, limitBytes, host, files);
    const last = files.at(-1);
    if (last === undefined) return spool;
    spool.#lastNumber = last.number;
    if (last.sizeBytes < FILE_BYTES) spool.#canGrow = (await spool.#read(last)).isIntact;
    return spool;
  }

  /**
   * Adds a batch as the newest. Yields how many lines were given up: older ones to make room, and its own if there is
   * no room even so. @throws if it can not be written
   */
  put(batch: Batch): Promise<number> {
    return this.#inTurn(async () => {
      const frame = encodeFrame(batch);
      let dropped = 0;
      while (this.#sizeBytes() + frame.length > this.limitBytes) {
        const oldest = this.files.find((file) => file !== this.#taken);
        if (oldest === undefined) return dropped + batch.lines;
        dropped += (await this.#read(oldest)).batches.reduce((sum, { lines }) => sum + lines, 0);
        await this.#remove(oldest);
      }
      const file = this.#fileFor(frame.length);
      try {
        await this.host.appendFile(this.#path(file), frame);
        file.sizeBytes += frame.length;
      } catch (error) {
        // It may end with half a frame.
        this.#canGrow = false;
        throw error;
      }
      return dropped;
    });
  }

  /**
   * The batches of the oldest file as one, which stay in the spool until `removeTaken`; undefined if it is empty.
   * @throws if the file can not be read; it stays on disk for the next run, and is not tried again in this one
   */
  take(): Promise<Batch | undefined> {
    return this.#inTurn(async () => {
      for (;;) {
        const [file] = this.files;
        if (file === undefined) return undefined;
        this.#taken = file;
        const { batches } = await this.#read(file).catch((error: unknown) => {
          this.#forget(file);
          throw error;
        });
        if (batches.length > 0) return join(batches);
        await this.#remove(file);
      }
    });
  }

  /** @throws if the file can not be removed; it stays on disk for the next run, which sends it again */
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
    const file = { number: ++this.#lastNumber, sizeBytes: 0 };
    this.files.push(file);
    this.#canGrow = true;
    return file;
  }

  async #remove(file: SpoolFile): Promise<void> {
    this.#forget(file);
    await this.host.removeFile(this.#path(file));
  }

  #forget(file: SpoolFile): void {
    this.files.splice(this.files.indexOf(file), 1);
    if (file === this.#taken) this.#taken = undefined;
  }

  async #read(file: SpoolFile) {
    const read = await this.host.readFile(this.#path(file), READ_LIMIT_BYTES);
    if (read.kind === "error") throw new Error(read.reason);
    const bytes = read.kind === "content" ? read.bytes : new Uint8Array();
    return decodeFrames(bytes as Uint8Array<ArrayBuffer>);
  }

  #path({ number }: SpoolFile): string {
    return `${this.folder}/${String(number).padStart(8, "0")}.lines`;
  }
}
