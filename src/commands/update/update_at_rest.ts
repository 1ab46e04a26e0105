// deno-lint-ignore-file camelcase -- the keys are those of the JSON that others read
/**
 * The image of a service that does not run: has it here for the next start, or has that start take the one before.
 * In: the unit and its config. Out: what has come of it; the memory of updates, by which the service starts, has it too.
 */
import type { LoadedConfig } from "../../config/load_config.ts";
import { DockerEngine } from "../../engine/docker_engine.ts";
import type { ContainerEngine } from "../../engine/engine.ts";
import { unixTransport } from "../../engine/http/unix_transport.ts";
import type { UpdateResult } from "../../logging/update_result.ts";
import { engineSocket } from "../../start/greet_engine.ts";
import { planService } from "../../start/plan_service.ts";
import { type Found, lookForNewer } from "../../update/newer_image.ts";
import {
  BY_HAND,
  readUpdateMemory,
  seenAt,
  type UpdateMemory,
  withRefused,
  writeUpdateMemory,
} from "../../update/update_memory.ts";
import { registryDigest } from "../../image/prepare_image.ts";
import type { WantedImage } from "../../image/wanted_image.ts";
import { accountOf } from "../doctor/as_account.ts";
import type { ServiceUnit } from "../doctor/find_service.ts";
import { stateFolder } from "../status/units.ts";
import type { AskOptions } from "./ask_process.ts";
import type { Wish } from "./outcome.ts";

const NEXT_START = "the next start has it";

interface Rest extends AskOptions {
  readonly engine: ContainerEngine;
  readonly folder: string;
  readonly wanted: WantedImage & { readonly name: string };
  readonly memory: UpdateMemory;
  /** What the next start would take; undefined where nothing is here. */
  readonly currentId: string | undefined;
  /** The one that has served, where that is another one. */
  readonly provenId: string | undefined;
  /** Gets what is no failure, but good to know. */
  readonly warn: (message: string) => void;
}

type Change = {
  readonly result: Pick<UpdateResult, "state" | "from" | "to" | "why">;
  /** What `to` is in its registry, unless that is its digest itself. */
  readonly digest?: string | null;
  readonly memory: UpdateMemory;
};

/** @throws Error with the reason why nothing came of it */
export async function updateAtRest(
  service: ServiceUnit,
  loaded: LoadedConfig,
  wish: Wish,
  options: AskOptions & Pick<Rest, "warn">,
): Promise<UpdateResult> {
  const folder = stateFolder(service.properties);
  if (folder === undefined) throw new Error("its unit has no StateDirectory=");
  // Its credentials for the registry are those of its account.
  const { host } = await accountOf(service, options.host);
  const wanted = await planService(loaded, host);
  const memory = await readUpdateMemory(folder, wanted.image, host);
  using transport = unixTransport(engineSocket(host));
  const engine = new DockerEngine(engineSocket(host), transport.send);
  await engine.negotiate(options.stop);
  const tagged = (await engine.inspectImage(wanted.image, options.stop))?.Id;
  // An image that was only pulled has shown nothing yet: the one before it is the one to go back to.
  const isUntried = memory.last?.state === "pulled" && memory.last.to === tagged;
  const isRefused = memory.refused !== null && memory.refused.id === tagged;
  const currentId = isRefused ? memory.previous ?? undefined : tagged;
  const provenId = isUntried ? memory.previous ?? undefined : undefined;
  const rest: Rest = { ...options, folder, host, engine, wanted, memory, currentId, provenId };
  const change = wish.action === "rollback"
    ? await refuseByHand(tagged, rest)
    : await look({ ...wish, minAgeMs: loaded.config.update?.minAgeMs ?? 0 }, rest);
  const { result, digest = result.to } = change;
  const seen = seenAt(change.memory, digest);
  const last = { request: null, ...result, seen_at: seen, at: new Date().toISOString() };
  remember(folder, { ...change.memory, last }, rest);
  return last;
}

async function look(
  { action, force, minAgeMs }: Wish & { readonly minAgeMs: number },
  { engine, folder, wanted, memory, currentId, provenId, host, stop, onStatus, warn }: Rest,
): Promise<Change> {
  const looked = await lookForNewer(
    wanted.name,
    {
      wanted,
      currentId,
      provenId,
      rules: { minAgeMs, force, pulls: action === "update" },
      memory,
      nowMs: Date.now,
      remember: (memory) => remember(folder, memory, { host }),
    },
    engine,
    {
      host,
      stop,
      notifier: { send: ({ status }) => status !== undefined && onStatus(status) },
      logger: { log: ({ severity, message }) => severity === "warn" && warn(message) },
    },
  );
  const { found } = looked;
  const { memory: { last } } = looked;
  // It is here since an earlier look, and still waits for its start.
  if (found.kind === "current" && provenId !== undefined && last !== null) {
    return { result: last, memory: looked.memory };
  }
  const digest = found.kind === "newer" ? { digest: found.digest } : {};
  return { result: resultOf(found, currentId ?? null), ...digest, memory: looked.memory };
}

function resultOf(found: Found, from: string | null): Change["result"] {
  switch (found.kind) {
    case "skipped":
      return { state: "skipped", from, to: null, why: found.why };
    case "current":
      return { state: "current", from, to: null, why: null };
    case "waiting":
    case "available":
      return { state: found.kind, from, to: found.digest, why: found.why ?? null };
    case "refused":
      return { state: "refused", from, to: found.id, why: found.why };
    case "newer":
      return { state: "pulled", from, to: found.id, why: NEXT_START };
  }
}

/** As a service that runs does it: what its tag means is refused, as if it had been no good. */
async function refuseByHand(tagged: string | undefined, { engine, memory, stop }: Rest): Promise<Change> {
  const before = memory.previous === null ? undefined : await engine.inspectImage(memory.previous, stop);
  const isDone = memory.refused !== null && memory.refused.id === tagged;
  if (before === undefined || tagged === undefined || before.Id === tagged) {
    throw new Error("there is no image to go back to");
  }
  const image = await engine.inspectImage(tagged, stop);
  const refused = { id: tagged, digest: registryDigest(image) ?? null, why: BY_HAND };
  return {
    result: { state: "rolled_back", from: tagged, to: before.Id, why: NEXT_START },
    memory: isDone ? memory : withRefused(memory, refused),
  };
}

/** A service that has never been started has no folder yet, and nothing that it must not forget. */
function remember(folder: string, memory: UpdateMemory, { host }: Pick<Rest, "host">): void {
  try {
    writeUpdateMemory(folder, memory, host);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
