/**
 * The environment in which the command `docker build` runs.
 * In: the engine's socket, and the files in which a pull finds credentials. Out: the variables that lead the command to
 * them. Sources: https://docs.docker.com/reference/cli/docker/#environment-variables
 * and https://docs.docker.com/build/building/variables/#build-tool-configuration-variables
 */
import { HostError } from "../../errors.ts";
import type { Host } from "../../host/host.ts";
import { innermostMessage } from "../../logging/innermost_message.ts";
import { type DockerConfig, mergeDockerConfigs } from "../registry/docker_config.ts";
import { dockerConfigFolder, readDockerConfigs, warningOf } from "../registry/registry_auth.ts";
import type { ImageContext } from "../wanted_image.ts";

/** To be disposed of when the command has ended. */
export interface DockerEnvironment extends AsyncDisposable {
  /** To be added to our own. */
  readonly variables: Readonly<Record<string, string>>;
  /** The files that have credentials for registries, or name the helpers that have them. */
  readonly credentialFiles: readonly string[];
}

/** @throws HostError if the credentials can not be written where the command finds them */
export async function openDockerEnvironment(
  socketPath: string,
  context: ImageContext,
): Promise<DockerEnvironment> {
  const { host } = context;
  const state = host.env("STATE_DIRECTORY")?.split(":")[0];
  const credentials = await findCredentials(context);
  return {
    variables: {
      DOCKER_HOST: `unix://${socketPath}`,
      BUILDKIT_PROGRESS: "plain",
      // They have the time of the build in them: an image that is as before would get another id.
      BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
      // In the unit, the home of the account may be read-only.
      ...(state === undefined || host.env("BUILDX_CONFIG") ? {} : { BUILDX_CONFIG: `${state}/buildx` }),
      ...(credentials.folder === undefined ? {} : { DOCKER_CONFIG: credentials.folder }),
    },
    credentialFiles: credentials.files,
    async [Symbol.asyncDispose]() {
      if (credentials.folder === undefined) return;
      // How the build has ended does not hang on it.
      await host.removeFolder(credentials.folder).catch((error) => {
        const message = `Cannot remove the credentials of the build: ${innermostMessage(error)}`;
        context.logger.log({ severity: "warn", source: "service", message });
      });
    },
  };
}

/**
 * `folder`: where all that the files say is put into one, which is all that the command reads; undefined where no other
 * than its own file has any.
 */
async function findCredentials(
  context: ImageContext,
): Promise<{ readonly files: readonly string[]; readonly folder: string | undefined }> {
  const { host } = context;
  const ownFolder = dockerConfigFolder(host);
  const found: { file: string; config: DockerConfig }[] = [];
  for await (const each of readDockerConfigs(host, warningOf(context, {}))) found.push(each);
  const files = found.filter(({ config }) => hasCredentials(config)).map(({ file }) => file);
  if (files.every((file) => file === `${ownFolder}/config.json`)) return { files, folder: undefined };
  const merged = mergeDockerConfigs(found.map(({ config }) => config));
  // The command looks for the plugins of the account, of which buildx may be one, beside its config.
  const ownPlugins = ownFolder === undefined ? [] : `${ownFolder}/cli-plugins`;
  const pluginFolders = [merged.cliPluginsExtraDirs ?? [], ownPlugins].flat();
  let folder: string | undefined;
  try {
    folder = await makeFolder(host);
    const text = JSON.stringify({ ...merged, cliPluginsExtraDirs: pluginFolders });
    host.replaceFile(`${folder}/config.json`, text, { mode: 0o600 });
    return { files, folder };
  } catch (cause) {
    if (folder !== undefined) await host.removeFolder(folder).catch(() => {});
    throw new HostError("write the registry credentials for the build", innermostMessage(cause), { cause });
  }
}

/** The unit's runtime folder is in memory, and one process at a time has it: what it finds there a killed one has left. */
async function makeFolder(host: Host): Promise<string> {
  const runtimeFolder = host.env("RUNTIME_DIRECTORY")?.split(":")[0];
  const folder = runtimeFolder
    ? `${runtimeFolder}/docker-config`
    : `/tmp/service_runner-${crypto.randomUUID()}`;
  if (runtimeFolder) await host.removeFolder(folder).catch(() => {});
  await host.makePrivateFolder(folder);
  return folder;
}

function hasCredentials({ auths, credHelpers, credsStore }: DockerConfig): boolean {
  return credsStore !== "" || Object.keys({ ...auths, ...credHelpers }).length > 0;
}
