/** Writes one line to stderr: what the test bed is doing while nothing else can be seen. */
export function progress(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
