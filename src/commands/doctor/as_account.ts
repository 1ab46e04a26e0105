/** The machine as the account of a service has it: its home, its variables, its rights. */
import type { Host } from "../../host/host.ts";
import { runProgram } from "../../host/run_program.ts";
import { shellWords } from "../shell_words.ts";
import type { ServiceUnit } from "./find_service.ts";

/** Variables that are the account's own: those of whoever runs `doctor` say nothing about the service. */
const OF_ACCOUNT = ["HOME", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "CREDENTIALS_DIRECTORY"];

export interface Account {
  readonly name: string;
  readonly host: Host;
  /** Whether we may become it, which only root may. */
  readonly mayTry: boolean;
}

/** Its host has the unit's variables and the account's home, and runs programs as the account. */
export async function accountOf({ account, properties }: ServiceUnit, host: Host): Promise<Account> {
  const [uid, entry] = await Promise.all([
    runProgram({ argv: ["id", "--user"] }, host),
    runProgram({ argv: ["getent", "passwd", account] }, host),
  ]);
  const mayTry = uid.stdout.trim() === "0";
  const pairs = shellWords(properties.get("Environment") ?? "").map((word): [string, string] => {
    const [name = ""] = word.split("=");
    return [name, word.slice(name.length + 1)];
  });
  const variables = new Map([["HOME", entry.stdout.trim().split(":")[5] ?? ""], ...pairs]);
  const env = (name: string) =>
    variables.get(name) ?? (OF_ACCOUNT.includes(name) ? undefined : host.env(name));
  const become = mayTry ? ["runuser", "-u", account, "--"] : [];
  const runProcess: Host["runProcess"] = (request) =>
    host.runProcess({
      ...request,
      argv: [...become, ...request.argv],
      environment: { ...Object.fromEntries(variables), ...request.environment },
    });
  return { name: account, mayTry, host: { ...host, env, runProcess } };
}
