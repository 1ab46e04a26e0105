/** Runs a program of this machine to its end. */

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What the program wrote to stdout. @throws With the end of its output, when it fails. */
export async function programOutput(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null", ...options });
  const { success, code, stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  if (success) return text;
  const output = (text + new TextDecoder().decode(stderr)).slice(-3000);
  throw new Error(`Cannot run "${program} ${args.join(" ")}": exit code ${code}\n${output}`);
}
