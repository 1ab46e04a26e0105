/** A disk of a host that is small enough to be filled. */
import type { Host } from "./host.ts";

export interface SmallDiskOptions {
  /** Where it is mounted, over what the host has there. */
  readonly path: string;
  /** As `mount` takes it, e.g. `64k`. */
  readonly size: string;
  /** The unit that uses it, which starts anew with it, and without it at the end. */
  readonly user?: string;
}

/** Empty at first; gone at the end of the scope: `await using disk = await SmallDisk.mount(host, …)`. */
export class SmallDisk implements AsyncDisposable {
  private constructor(readonly host: Host, readonly options: SmallDiskOptions) {}

  static async mount(host: Host, options: SmallDiskOptions): Promise<SmallDisk> {
    const disk = new SmallDisk(host, options);
    const { path, size } = options;
    await host.run("mkdir", "-p", path);
    await host.run("mount", "-t", "tmpfs", "-o", `size=${size},mode=0755`, "tmpfs", path);
    await disk.#restartUser();
    return disk;
  }

  /** Leaves no room for anything. */
  async fill(): Promise<void> {
    const ballast = `of=${this.#ballast}`;
    const { stderr } = await this.host.attempt("dd", "if=/dev/zero", ballast, "oflag=append", "conv=notrunc");
    if (!/No space left/.test(stderr)) throw new Error(`Cannot fill ${this.options.path}: ${stderr}`);
  }

  /** What `fill()` has taken is free again. */
  async makeRoom(): Promise<void> {
    await this.host.run("rm", this.#ballast);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.run("umount", "--lazy", this.options.path);
    await this.#restartUser();
  }

  get #ballast(): string {
    return `${this.options.path}/ballast`;
  }

  async #restartUser(): Promise<void> {
    const { user } = this.options;
    if (user !== undefined) await this.host.systemctl("restart", user);
  }
}
