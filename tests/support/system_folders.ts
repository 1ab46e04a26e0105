/** Folders of a test where systemd would make those of a unit, as for its RuntimeDirectory= and StateDirectory=. */
export interface SystemFolder extends AsyncDisposable {
  /** e.g. `/run/service_runner-test-1a2b3c4d` */
  readonly path: string;
  /** The same without `/run/`. */
  readonly name: string;
}

/** In /run, with these folders in it; all of it goes at the end of the scope. */
export function runFolder(inner: readonly string[]): Promise<SystemFolder> {
  return systemFolder("/run", inner);
}

/** The same in /var/lib. */
export function stateFolder(inner: readonly string[]): Promise<SystemFolder> {
  return systemFolder("/var/lib", inner);
}

async function systemFolder(root: string, inner: readonly string[]): Promise<SystemFolder> {
  const name = `service_runner-test-${crypto.randomUUID().slice(0, 8)}`;
  const path = `${root}/${name}`;
  await Deno.mkdir(path);
  for (const folder of inner) await Deno.mkdir(`${path}/${folder}`);
  return { path, name, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
