/** `service_runner completions`: scripts for shells, and the answers to what these ask while somebody types. */
import type { Printed } from "../cli.ts";
import type { Host } from "../host/host.ts";
import { engineSocket } from "../start/greet_engine.ts";
import { COMMANDS } from "./command_table.ts";
import { BASH, FISH, ZSH } from "./completion_scripts.ts";
import { connectQueries, isRefusal } from "./engine_queries.ts";
import { findUnits, instanceName } from "./status/units.ts";

const SCRIPTS: ReadonlyMap<string, string> = new Map([["bash", BASH], ["zsh", ZSH], ["fish", FISH]]);

/** A word that may follow, and what it means. */
type Candidate = readonly [word: string, about: string];
/** Tells the script to add the YAML files that the shell finds. */
const CONFIGS: Candidate = ["*.yaml", ""];
const HELP: Candidate = ["--help", "say how it is used"];

/** Prints the script for `bash`, `zsh` or `fish`. */
export function completionScript(shell: string): Printed {
  return { stdout: SCRIPTS.get(shell) ?? "" };
}

/**
 * Prints what may stand in place of the last, unfinished word of the command line, one a line: `word<TAB>meaning`.
 * `words`: those after the program's name.
 */
export async function completeLine(words: readonly string[], host: Host): Promise<Printed> {
  const unfinished = words.at(-1) ?? "";
  const found = (await candidates(words, host))
    .filter((candidate) => candidate === CONFIGS || candidate[0].startsWith(unfinished));
  return {
    stdout: found.map(([word, about]) => about === "" ? `${word}\n` : `${word}\t${about}\n`).join(""),
  };
}

async function candidates([command = "", ...rest]: readonly string[], host: Host): Promise<Candidate[]> {
  if (rest.length === 0) {
    const commands = Object.entries(COMMANDS).map(([name, { about }]): Candidate => [name, about]);
    return [...commands, HELP, ["--version", "say which it is"], CONFIGS];
  }
  const row = Object.entries(COMMANDS).find(([name]) => name === command)?.[1];
  if (row === undefined) return [];
  const { options = {} } = row;
  const before = Object.entries(options)
    .find(([option, { short }]) => [`--${option}`, `-${short}`].includes(rest.at(-2) ?? ""))?.[1];
  if (before?.values === "containers") return (await containerNames(host)).map(withoutMeaning);
  if (before?.values === "configs") return [CONFIGS];
  if (before?.type === "string") return (before.values ?? []).map(withoutMeaning);
  const known = Object.entries(options).map(([option, { about }]): Candidate => [`--${option}`, about]);
  if (row.words === "configs") return [...known, HELP, CONFIGS];
  const words = row.words === "units" ? await unitNames(host) : row.words;
  return [...known, HELP, ...words.map(withoutMeaning)];
}

function withoutMeaning(word: string): Candidate {
  return [word, ""];
}

/** None where systemd does not answer: a shell can not show why. */
async function unitNames(host: Host): Promise<string[]> {
  const found = await findUnits([], host);
  return found.kind === "units" ? found.units.map((unit) => instanceName(unit.get("Id") ?? "")) : [];
}

/** None where the engine does not answer. */
async function containerNames(host: Host): Promise<string[]> {
  try {
    using engine = await connectQueries(engineSocket(host));
    const operation = "list the containers";
    const containers = await engine.get<{ Names?: string[] }[]>(operation, "/containers/json", {
      query: { all: "1" },
    });
    return (containers ?? []).flatMap(({ Names = [] }) => Names).map((name) => name.replace(/^\//, ""));
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}
