/** A folder of its own for one test: `await using dir = await tempDir()`. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, folders in between included; yields its absolute path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** Makes the folder; it goes, with all that is in it, at the end of the scope. */
export async function tempDir(prefix = "service_runner-test-"): Promise<TempDir> {
  const path = await Deno.makeTempDir({ prefix });
  // Containers of other users serve files from here.
  await Deno.chmod(path, 0o755);
  return {
    path,
    async write(name, content) {
      const file = `${path}/${name}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
