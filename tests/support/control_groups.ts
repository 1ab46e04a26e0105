/** Control groups of containers, which are left where an engine is killed. */

const ROOT = "/sys/fs/cgroup";

/** Removes a group, e.g. `/web`, and those in it: in all hierarchies, where there are several. Its processes have ended. */
export async function removeControlGroup(group: string): Promise<void> {
  await removeFolders(`${ROOT}${group}`);
  for await (const { name, isDirectory } of Deno.readDir(ROOT)) {
    if (isDirectory) await removeFolders(`${ROOT}/${name}${group}`);
  }
}

/** As rmdir(1): what looks like files in it goes with it. */
async function removeFolders(folder: string): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (entries === undefined) return;
  for (const { name, isDirectory } of entries) if (isDirectory) await removeFolders(`${folder}/${name}`);
  await Deno.remove(folder);
}
