/** Slash-separated paths as Go's `path` package treats them. */

/** The shortest equivalent path, by text alone: no `.`, no double slash, `..` applied; `""` becomes `.`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push(part);
  }
  return (rooted ? "/" : "") + kept.join("/") || ".";
}

/** The parts joined and cleaned; empty ones do not count. */
export function joinPath(...parts: string[]): string {
  const joined = parts.filter((part) => part !== "").join("/");
  return joined === "" ? "" : cleanPath(joined);
}

/** The folder that the path names something in; empty where that is the current one. */
export function folderOf(path: string): string {
  const slash = path.replace(/\/+$/, "").lastIndexOf("/");
  return slash === 0 ? "/" : path.slice(0, Math.max(slash, 0));
}

/** The path from the root, cleaned. */
export function absolutePath(path: string, folder: string): string {
  return cleanPath(resolvePath(path, folder));
}

/** The path of a file that the user named, uncleaned: `a/../b` needs the folder `a`, as in the shell. */
export function resolvePath(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

/** The name of a config without its ending, after which the unit's instance is called: `web` of `/srv/config/web.yaml`. */
export function fileStem(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.ya?ml$/, "");
}
