/** The recorded behaviour of `docker create` in `tests/fixtures/docker_create`: one case a line, one file a topic. */
import type { CreateBody } from "../../src/engine/create_body.ts";
import type { PlanInputs } from "../../src/plan/plan_inputs.ts";
import type { FileRead } from "../../src/host/host.ts";

export interface RecordedCase {
  readonly id: string;
  /** Everything after `docker create`. */
  readonly args: readonly string[];
  /** Text files in the working directory, by relative name; `filesBase64` those that are no text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly filesBase64?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: number;
  readonly query?: Readonly<Record<string, string>>;
  /** Without the fields that say nothing; missing where the CLI sent no request. */
  readonly body?: CreateBody;
}

const FOLDER = new URL("../fixtures/docker_create/", import.meta.url);

/** The topics, one file each. */
export function recordedTopics(): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name.replace(/\.jsonl$/, "")).sort();
}

/** The cases of a topic, with the working directory of `recordedInputs` filled in. */
export function recordedCases(topic: string): RecordedCase[] {
  const text = Deno.readTextFileSync(new URL(`${topic}.jsonl`, FOLDER));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line, reviveValue) as RecordedCase);
}

const CWD = "/srv/case/work";
const ENGINE_PATH = "/run/docker-test.sock";

/** Integers beyond 2^53 become bigints; `${CWD}` and the like become paths. */
function reviveValue(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return BigInt(context!.source!);
  if (typeof value !== "string") return value;
  return value.replaceAll("${CWD}", CWD).replaceAll("${CWD_PARENT}", "/srv/case")
    .replaceAll("${DOCKER_SOCK}", ENGINE_PATH);
}

/** The outside world as it was when the case was recorded. */
export function recordedInputs(recorded: Pick<RecordedCase, "files" | "filesBase64" | "env">): PlanInputs {
  const files = new Map<string, Uint8Array>();
  for (const [name, text] of Object.entries(recorded.files ?? {})) {
    files.set(`${CWD}/${name}`, new TextEncoder().encode(text));
  }
  for (const [name, text] of Object.entries(recorded.filesBase64 ?? {})) {
    files.set(`${CWD}/${name}`, Uint8Array.fromBase64(text));
  }
  return {
    cwd: CWD,
    env: (name) => recorded.env?.[name],
    file: (path) => fileAt(files, path),
    architecture: "amd64",
    enginePath: ENGINE_PATH,
  };
}

function fileAt(files: ReadonlyMap<string, Uint8Array>, path: string): FileRead {
  let place = "";
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (!isFolder(files, place)) return { kind: "missing" };
    place = part === ".." ? place.slice(0, place.lastIndexOf("/")) : `${place}/${part}`;
  }
  const bytes = files.get(place);
  if (bytes) return { kind: "content", bytes };
  return isFolder(files, place) ? { kind: "error", reason: "is a directory" } : { kind: "missing" };
}

function isFolder(files: ReadonlyMap<string, Uint8Array>, path: string): boolean {
  return [CWD, ...files.keys()].some((file) => file === CWD && path === CWD || file.startsWith(`${path}/`));
}
