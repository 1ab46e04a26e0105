/**
 * The unit's own folder in /run (`RuntimeDirectory=`, systemd.exec(5)): what others read of the service, and what the
 * next process of it goes on with.
 * A service runs as well without any of it: nothing here throws, and what can not be written is said once.
 */
import type { Host, RecordFile } from "./host.ts";

export class RuntimeFolder {
  #hasWarned = false;

  /** `path`: absolute. `onFailure` is called once, with what is to be said of it. */
  constructor(
    readonly path: string,
    readonly options: { readonly host: Host; readonly onFailure: (message: string) => void },
  ) {}

  /** A short file that is written over in place, opened when it is first written; `mode`: less the umask. */
  record(name: string, options?: { readonly mode: number }): RecordFile {
    const path = `${this.path}/${name}`;
    let file: RecordFile | undefined;
    return {
      write: (text) => {
        try {
          file ??= this.options.host.openRecord(path, options);
          file.write(text);
        } catch (error) {
          this.#warn(path, error);
        }
      },
    };
  }

  /** The file's text; undefined where there is none of at most `limitBytes` that can be read. */
  async read(name: string, limitBytes: number): Promise<string | undefined> {
    const file = await this.options.host.readFile(`${this.path}/${name}`, limitBytes);
    return file.kind === "content" ? new TextDecoder().decode(file.bytes) : undefined;
  }

  #warn(path: string, error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.options.onFailure(
      `Cannot write "${path}", what "service_runner status" and a later start know is old: ${reason}`,
    );
  }
}
