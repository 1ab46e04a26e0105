/** `status --watch` in a real terminal. */
import { deepEqual, match, ok } from "node:assert/strict";
import { ensurePrograms } from "../support/debian_packages.ts";
import { runFolder } from "../support/system_folders.ts";
import { statusFile } from "../support/status_file.ts";
import { standInSystemctl, type StandInUnit } from "../support/stand_in_systemctl.ts";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const PATIENCE_MS = 20_000;

/** A terminal of its own, on a tmux server of its own. */
class Terminal implements AsyncDisposable {
  readonly #socket = `service_runner-test-${crypto.randomUUID().slice(0, 8)}`;

  async open(size: { columns: number; rows: number }, command: string): Promise<void> {
    const { columns, rows } = size;
    await this.#tmux("-f", "/dev/null", "new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, command);
  }

  /** What stands on it, `escapes` with colours; once `predicate` holds. */
  async screen(predicate: (text: string) => boolean, ...escapes: "-e"[]): Promise<string> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const text = await this.#tmux("capture-pane", "-p", ...escapes);
      if (predicate(text)) return text;
      if (performance.now() > end) throw new Error(`The terminal does not show what is expected:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async resize(columns: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`);
  }

  async type(key: string): Promise<void> {
    await this.#tmux("send-keys", key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
  }

  async #tmux(...args: string[]): Promise<string> {
    const command = new Deno.Command("tmux", {
      args: ["-u", "-L", this.#socket, ...args],
      env: { LC_ALL: "C.UTF-8" },
    });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }
}

const DOWN: StandInUnit[] = [
  { name: "restarting", active: "activating", sub: "auto-restart", restarts: 3, sinceSeconds: 2 },
  { name: "failed", active: "failed", sub: "failed", result: "exit-code", exitStatus: 137, sinceSeconds: 90 },
  { name: "off", active: "inactive", sub: "dead", sinceSeconds: 3 * 86_400 },
];

Deno.test("status --watch redraws, in colour, as wide as the terminal is", async () => {
  await ensurePrograms([{ program: "tmux", package: "tmux" }]);
  await using dir = await tempDir();
  await using folder = await runFolder(["web", "shop"]);
  const files = ["web", "shop"].map((name) =>
    statusFile(`${folder.path}/${name}`, { service: name, pid: 4711 })
  );
  const [web, shop] = files;
  const startedAt = new Date(Date.now() - 3_665_000);
  for (const file of files) {
    file.follow({
      id: "0123",
      image: "registry.example/team/a-long-name:1.25",
      startedAt,
      countLines: () => 1,
      isPaused: () => false,
      loaded: { file: "/srv/config/web.yaml", sha256: "00" },
    });
    file.listeningTo({ send() {} }).send({ ready: true, status: "Running since 11:00" });
  }
  const up = (name: string): StandInUnit => ({
    name,
    mainPid: 4711,
    runtimeDirectory: `${folder.name}/${name}`,
  });
  await standInSystemctl(dir, [up("web"), up("shop"), ...DOWN]);
  const http = { name: "http /", kind: "check_http" };
  for (const durationMs of [10, 40, 80]) {
    web?.check(http, { result: { ok: true }, durationMs }, { ok: true, restarts: 0 });
  }
  shop?.check(http, { result: { ok: false }, durationMs: 2500 }, { ok: false, restarts: 0 });

  await using terminal = new Terminal();
  const command =
    `unset NO_COLOR; PATH=${dir.path}/bin:$PATH TERM=xterm-256color ${Deno.execPath()} run --allow-all ${MAIN} status --watch; ` +
    `echo "ended with $?"; exec sh`;
  await terminal.open({ columns: 80, rows: 20 }, command);
  const narrow = await terminal.screen((text) => /^web .* 80ms/m.test(text) && /1 of 1 fail/.test(text));
  const lines = narrow.trimEnd().split("\n");
  // What is wrong with a service stands below its row.
  deepEqual(lines.filter((line) => !line.startsWith(" ")).map((line) => line.split(" ")[0]), [
    "SERVICE",
    ...["web", "shop", ...DOWN.map(({ name }) => name)].sort(),
  ]);
  ok(lines.every((line) => [...line].length <= 80), narrow);
  match(narrow, /^web +active +running +1h1m +0 +1 pass +80ms/m);
  match(narrow, /^shop +active .* 1 of 1 fail +2\.5s/m);
  match(narrow, /^restarting +keeps failing +- +\d+s +3 /m);
  match(narrow, /^failed +failed \(137\) +- +1m3\ds/m);
  match(narrow, /^off +inactive +- +3d0h/m);
  await terminal.screen((text) => text.includes("\x1b[31m1 of 1 fail"), "-e");

  await terminal.resize(200);
  const wide = await terminal.screen((text) => /STATUS/.test(text));
  match(
    wide,
    /^web +active +running .*▂▅█ +0 +registry\.example\/team\/a-long-name:1\.25 +Running since 11:00/m,
  );

  await standInSystemctl(dir, [{ ...DOWN[1]!, name: "web" }]);
  const after = await terminal.screen((text) => /^web +failed/m.test(text) && !/^shop/m.test(text));
  ok(after.trimEnd().split("\n").length === 2, after);

  await standInSystemctl(
    dir,
    Array.from({ length: 100 }, (_, index) => ({ ...DOWN[2]!, name: `s${index}` })),
  );
  match(await terminal.screen((text) => /^s1 /m.test(text)), /… and 82 more/);

  await terminal.type("C-c");
  await terminal.screen((text) => /^ended with 0$/m.test(text) && !/SERVICE/.test(text));
});
