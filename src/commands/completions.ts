/** `service_runner completions`: scripts for shells, and the names that these ask for while somebody types. */
import type { Printed } from "../cli.ts";
import { ConfigError, EngineError, EngineUnreachableError } from "../errors.ts";
import { EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import type { Tools } from "../host/tools.ts";
import { engineSocket } from "../start/plan_service.ts";
import { BASH, FISH, ZSH } from "./completion_scripts.ts";
import { EngineQueries } from "./engine_queries.ts";
import { findUnits } from "./status/units.ts";

export const COMPLETION_WORDS = ["bash", "zsh", "fish", "units", "containers"] as const;

const SCRIPTS: ReadonlyMap<string, string> = new Map([["bash", BASH], ["zsh", ZSH], ["fish", FISH]]);

/** A script, or names, one a line; none where nobody knows them: a shell can not show why. */
export async function completions(
  word: (typeof COMPLETION_WORDS)[number],
  { host, tools }: { readonly host: Host; readonly tools: Tools },
): Promise<Printed> {
  const script = SCRIPTS.get(word);
  const names = word === "units"
    ? await unitNames(tools)
    : word === "containers"
    ? await containerNames(host)
    : [];
  const stdout = script ?? names.map((name) => `${name}\n`).join("");
  return { stdout, stderr: "", exitCode: EX_OK };
}

async function unitNames(tools: Tools): Promise<string[]> {
  const found = await findUnits([], tools);
  return found.kind === "units" ? found.units.map(({ name }) => name) : [];
}

async function containerNames(host: Host): Promise<string[]> {
  try {
    using engine = await EngineQueries.connect(engineSocket(host));
    const containers = await engine.get<{ readonly Names?: readonly string[] }[]>(
      "list the containers",
      "/containers/json",
      { all: "1" },
    );
    return (containers ?? []).flatMap(({ Names }) => (Names ?? []).map((name) => name.replace(/^\//, "")))
      .sort();
  } catch (error) {
    if (
      error instanceof EngineError || error instanceof EngineUnreachableError || error instanceof ConfigError
    ) return [];
    throw error;
  }
}
