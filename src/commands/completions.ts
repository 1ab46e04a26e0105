/** `service_runner completions`: scripts for shells, and the answers to what these ask while somebody types. */
import type { Printed } from "../cli.ts";
import { ConfigError, EngineError, EngineUnreachableError } from "../errors.ts";
import { EX_OK } from "../exit.ts";
import type { Host } from "../host/host.ts";
import { engineSocket } from "../start/plan_service.ts";
import { type CommandRow, COMMANDS } from "./command_table.ts";
import { BASH, FISH, ZSH } from "./completion_scripts.ts";
import { EngineQueries } from "./engine_queries.ts";
import { findUnits, instanceName } from "./status/units.ts";

const SCRIPTS: ReadonlyMap<string, string> = new Map([["bash", BASH], ["zsh", ZSH], ["fish", FISH]]);

/** A word that may follow, and what it means. */
type Candidate = readonly [word: string, about: string];
/** Tells the script to add the YAML files that the shell finds. */
const CONFIGS: Candidate = ["*.yaml", ""];
const HELP: Candidate = ["--help", "say how it is used"];

/** Prints the script for `bash`, `zsh` or `fish`. */
export function completionScript(shell: string): Printed {
  return { stdout: SCRIPTS.get(shell) ?? "", stderr: "", exitCode: EX_OK };
}

/**
 * Prints what may stand in place of the last, unfinished word of the command line, one a line: `word<TAB>meaning`.
 * `words`: those after the program's name.
 */
export async function completeLine(words: readonly string[], host: Host): Promise<Printed> {
  const unfinished = words.at(-1) ?? "";
  const found = (await candidates(words, host))
    .filter((candidate) => candidate === CONFIGS || candidate[0].startsWith(unfinished));
  const stdout = found.map(([word, about]) => about === "" ? `${word}\n` : `${word}\t${about}\n`).join("");
  return { stdout, stderr: "", exitCode: EX_OK };
}

async function candidates([command = "", ...rest]: readonly string[], host: Host): Promise<Candidate[]> {
  if (rest.length === 0) {
    const commands = Object.entries(COMMANDS).map(([name, { about }]): Candidate => [name, about]);
    return [...commands, HELP, ["--version", "say which it is"], CONFIGS];
  }
  const row = Object.entries(COMMANDS).find(([name]) => name === command)?.[1];
  if (row === undefined) return [];
  const { options = {} } = row;
  const before = Object.entries(options).find(([option]) => `--${option}` === rest.at(-2))?.[1];
  if (before?.type === "string") return await containerNames(host);
  const known = Object.entries(options).map(([option, { about }]): Candidate => [`--${option}`, about]);
  return [...known, HELP, ...await wordsOf(row, host)];
}

async function wordsOf({ words }: CommandRow, host: Host): Promise<Candidate[]> {
  if (words === "configs") return [CONFIGS];
  const names = words === "units" ? await unitNames(host) : words;
  return names.map((name): Candidate => [name, ""]);
}

/** None where systemd does not answer: a shell can not show why. */
async function unitNames(host: Host): Promise<string[]> {
  const found = await findUnits([], host);
  return found.kind === "units" ? found.units.map((unit) => instanceName(unit.get("Id") ?? "")) : [];
}

async function containerNames(host: Host): Promise<Candidate[]> {
  try {
    using engine = await EngineQueries.connect(engineSocket(host));
    const containers = await engine.get<{ readonly Names?: readonly string[] }[]>(
      "list the containers",
      "/containers/json",
      { all: "1" },
    );
    return (containers ?? []).flatMap(({ Names = [] }) =>
      Names.map((name): Candidate => [name.replace(/^\//, ""), ""])
    );
  } catch (error) {
    if (
      error instanceof EngineError || error instanceof EngineUnreachableError || error instanceof ConfigError
    ) return [];
    throw error;
  }
}
