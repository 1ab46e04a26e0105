/** Images built without any registry, from busybox alone. */
import type { PlainEngine } from "./plain_engine.ts";
import { ensurePrograms, requireProgram } from "./debian_packages.ts";
import { tempDir } from "./temp_dir.ts";

export interface ImageDefinition {
  /** Dockerfile instructions, e.g. `CMD ["httpd", "-f"]`. */
  readonly changes: readonly string[];
  /** Files besides busybox, by absolute path. */
  readonly files: Readonly<Record<string, string>>;
  /** Applets of busybox that it is to have; all where that is not said. */
  readonly applets?: readonly string[];
}

/** Nothing but busybox and its applets: `sh`, `seq`, `head` … */
export const BASE_IMAGE: ImageDefinition = { changes: ["ENV PATH=/bin", 'CMD ["sh"]'], files: {} };

/** Serves a folder until it is asked to stop; as a container's first process, httpd alone would not hear that. */
function serveScript(options: { readonly folder: string; readonly port: number }): string {
  return `trap 'echo "Asked to stop, goodbye"; exit 0' TERM
echo "Serving ${options.folder} on port ${options.port}"
httpd -f -p ${options.port} -h ${options.folder} &
wait
`;
}

const WEB_FOLDER = "/usr/share/nginx/html";

/** Stands in for nginx: serves /usr/share/nginx/html on port 80. */
export const WEB_IMAGE: ImageDefinition = {
  changes: ["ENV PATH=/bin", "EXPOSE 80", 'CMD ["sh", "/serve"]'],
  files: {
    "/serve": serveScript({ folder: WEB_FOLDER, port: 80 }),
    [`${WEB_FOLDER}/index.html`]: "<h1>Welcome</h1>\n",
  },
};

/** Stands in for InfluxDB: answers /health on port 8086. */
export const INFLUXDB_IMAGE: ImageDefinition = {
  changes: ["ENV PATH=/bin", "EXPOSE 8086", 'CMD ["sh", "/serve"]'],
  files: {
    "/serve": serveScript({ folder: "/srv", port: 8086 }),
    "/srv/health": '{"name":"influxdb","message":"ready for queries and writes","status":"pass"}\n',
  },
};

const CONTENT_LABEL = "service_runner.test.content";

/** Sees to it that the engine has this image under this name; does nothing when it has it already. */
export async function buildImage(
  engine: PlainEngine,
  reference: string,
  image: ImageDefinition,
): Promise<void> {
  const tar = await rootFileSystem(image);
  const content = await digest(tar, JSON.stringify(image));
  const present = await engine.inspectImage(reference);
  if (present?.Config.Labels?.[CONTENT_LABEL] === content) return;
  await engine.importImage({
    reference,
    tar,
    changes: [...image.changes, `LABEL ${CONTENT_LABEL}=${content}`],
  });
}

/** busybox, its applets and the image's files as a tar that comes out the same each time. */
export async function rootFileSystem(image: ImageDefinition): Promise<Uint8Array<ArrayBuffer>> {
  await using root = await tempDir();
  await addBusybox(root.path, image.applets);
  await Deno.mkdir(`${root.path}/tmp`);
  for (const [path, content] of Object.entries(image.files)) await root.write(path.slice(1), content);
  const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  return await output("tar", ["-C", root.path, ...stable, "-c", "."]);
}

async function addBusybox(root: string, wanted: readonly string[] | undefined): Promise<void> {
  await ensurePrograms([{ program: "busybox", package: "busybox-static" }]);
  const busybox = await requireProgram("busybox");
  await Deno.mkdir(`${root}/bin`);
  await Deno.copyFile(busybox, `${root}/bin/busybox`);
  const applets = new TextDecoder().decode(await output(busybox, ["--list"])).split("\n");
  for (const applet of wanted ?? applets) {
    if (applet !== "" && applet !== "busybox") await Deno.symlink("busybox", `${root}/bin/${applet}`);
  }
  for (const library of await sharedLibraries(busybox)) {
    await Deno.mkdir(`${root}${library.slice(0, library.lastIndexOf("/"))}`, { recursive: true });
    await Deno.copyFile(library, `${root}${library}`);
  }
}

/** Debian's `busybox`, which many machines have in place of `busybox-static`, needs libc. */
async function sharedLibraries(program: string): Promise<string[]> {
  const { success, stdout } = await new Deno.Command("ldd", { args: [program], stderr: "null" }).output();
  if (!success) return [];
  return [...new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string);
}

async function digest(tar: Uint8Array, definition: string): Promise<string> {
  const tail = new TextEncoder().encode(definition);
  const bytes = new Uint8Array(tar.length + tail.length);
  bytes.set(tar);
  bytes.set(tail, tar.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function output(program: string, args: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(`Cannot run "${program}": ${new TextDecoder().decode(stderr).trim()}`);
  return stdout;
}
