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

  /** A short file that is written over in place, opened when it is first written. */
  record(name: string): RecordFile {
    let file: RecordFile | undefined;
    return {
      write: (text, at) =>
        this.#try(name, (path) => {
          file ??= this.options.host.openRecord(path);
          file.write(text, at);
        }),
    };
  }

  /** Puts a new file in the place of the one of this name; `mode`: less the umask. */
  replace(name: string, text: string, options?: { readonly mode: number }): void {
    this.#try(name, (path) => this.options.host.replaceFile(path, text, options));
  }

  /** The file's text; undefined where there is none of at most `limitBytes` that can be read. */
  async read(name: string, limitBytes: number): Promise<string | undefined> {
    const file = await this.options.host.readFile(`${this.path}/${name}`, limitBytes);
    return file.kind === "content" ? new TextDecoder().decode(file.bytes) : undefined;
  }

  #try(name: string, write: (path: string) => void): void {
    const path = `${this.path}/${name}`;
    try {
      write(path);
    } catch (error) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.options.onFailure(
        `Cannot write "${path}", what "service_runner status" and a later start know is old: ${reason}`,
      );
    }
  }
}
