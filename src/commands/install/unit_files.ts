/** The units that `install` writes and `uninstall` takes away, each as long as nobody has changed it. */
import type { Host } from "../../host/host.ts";
import { ask, RefusedError, type Step } from "../admin_steps.ts";
import TEMPLATE_TEXT from "../../../service_runner@.service" with { type: "text" };
import PAGE_PROXY_TEXT from "./service_runner-page-proxy.service" with { type: "text" };
import PAGE_TEXT from "./service_runner-page.service" with { type: "text" };
import PAGE_SOCKET_TEXT from "./service_runner-page.socket" with { type: "text" };
import UPDATE_TEXT from "./service_runner-update.service" with { type: "text" };
import TIMER_TEXT from "./service_runner-update.timer" with { type: "text" };

interface UnitFile {
  readonly name: string;
  readonly text: string;
}

interface UnitOptions {
  readonly verb: "install" | "uninstall";
  /** Whether one that somebody has changed is overwritten or removed, too. */
  readonly force: boolean;
  readonly host: Host;
}

const FOLDER = "/etc/systemd/system";
const LIMIT_BYTES = 1024 * 1024;
const TIMER = "service_runner-update.timer";
const UNITS: readonly UnitFile[] = [
  { name: "service_runner@.service", text: TEMPLATE_TEXT },
  { name: "service_runner-update.service", text: UPDATE_TEXT },
  { name: TIMER, text: TIMER_TEXT },
  { name: "service_runner-page.socket", text: PAGE_SOCKET_TEXT },
  { name: "service_runner-page-proxy.service", text: PAGE_PROXY_TEXT },
  { name: "service_runner-page.service", text: PAGE_TEXT },
];
/** All that is of them; a pattern, other than a name, may find nothing. What starts others comes before them. */
const ALL = [
  "service_runner-update.*",
  "service_runner-page.sock*",
  "service_runner-page*.service",
  "service_runner@*.service",
];

/** @throws RefusedError */
export async function putUnits(force: boolean, host: Host): Promise<Step[]> {
  const steps: Step[] = [];
  for (const unit of UNITS) {
    if (await findUnit(unit, { verb: "install", force, host }) === "same") continue;
    const stdin = { text: unit.text, shown: "(the unit of this version)" };
    steps.push({ argv: ["install", "-D", "-m", "644", "/dev/stdin", pathOf(unit)], stdin });
  }
  return steps.length === 0 ? [] : [...steps, { argv: ["systemctl", "daemon-reload"] }];
}

/** @throws RefusedError */
export async function removeUnits(force: boolean, host: Host): Promise<Step[]> {
  const present: UnitFile[] = [];
  for (const unit of UNITS) {
    if (await findUnit(unit, { verb: "uninstall", force, host }) !== "missing") present.push(unit);
  }
  if (present.length === 0) return [];
  const names = present.map(({ name }) => name);
  return [
    { argv: ["systemctl", "stop", ...ALL] },
    // Disabling the template disables all of its instances.
    { argv: ["systemctl", "disable", ...names] },
    // When it last ran.
    ...names.includes(TIMER) ? [{ argv: ["systemctl", "clean", "--what=state", TIMER] } as const] : [],
    { argv: ["rm", ...present.map(pathOf)] },
    { argv: ["systemctl", "daemon-reload"] },
    { argv: ["systemctl", "reset-failed", ...ALL] },
  ];
}

function pathOf({ name }: UnitFile): string {
  return `${FOLDER}/${name}`;
}

/**
 * The unit on this machine, compared with the one in the program.
 * @throws RefusedError when it can not be read, or, without `force`, when somebody has changed it
 */
async function findUnit(
  unit: UnitFile,
  { verb, force, host }: UnitOptions,
): Promise<"missing" | "same" | "changed"> {
  const path = pathOf(unit);
  const read = await host.readFile(path, LIMIT_BYTES);
  if (read.kind === "missing") return "missing";
  if (read.kind === "error") throw new RefusedError(`Cannot read "${path}": ${read.reason}`);
  if (new TextDecoder().decode(read.bytes) === unit.text) return "same";
  if (force) return "changed";
  const difference = await ask({
    argv: ["diff", "-u", "-L", "of this version", "-L", path, "-", path],
    stdin: { text: unit.text, shown: "" },
  }, host);
  throw new RefusedError(
    `Cannot ${verb}: "${path}" is not the unit of this version:\n\n${difference.stdout}
Changes of your own belong into a drop-in ("systemctl edit ${unit.name}" makes one),
where they last. --force ${verb}s all the same.`,
  );
}
