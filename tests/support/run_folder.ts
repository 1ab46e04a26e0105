/** A folder in /run, as systemd makes one for a unit's RuntimeDirectory=. */
export interface RunFolder extends AsyncDisposable {
  /** e.g. `/run/service_runner-test-1a2b3c4d` */
  readonly path: string;
  /** The same without `/run/`. */
  readonly name: string;
}

/** Makes the folder, with these folders in it; all of it goes at the end of the scope. */
export async function runFolder(inner: readonly string[]): Promise<RunFolder> {
  const name = `service_runner-test-${crypto.randomUUID().slice(0, 8)}`;
  const path = `/run/${name}`;
  for (const folder of inner) await Deno.mkdir(`${path}/${folder}`, { recursive: true });
  return { path, name, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
