/** The checks that the CLI makes last, between building the body and sending it. It exits with 1 if one fails. */
import type { CreateDraft } from "./create_draft.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { type ImageReference, parseImageReference } from "../../engine/image_reference.ts";
import { ValueError } from "../../errors.ts";
import { quote } from "../values/go_strings.ts";
import { folderOf, resolvePath } from "../../host/paths.ts";
import { normalizePlatform } from "../values/platform.ts";

/** Image and command, and how strict to be. */
export interface FinishOptions {
  readonly image: string;
  /** Position of the image in the argument list, for messages. */
  readonly imageAt: number | undefined;
  readonly command: readonly string[];
  /** Whether the file of `--cidfile` may be there already. */
  readonly cidfileMayExist: boolean;
}

/** The platform in its normal form, undefined where none is given; problems are added to `given.problems`. */
export function checkLastly(
  draft: CreateDraft,
  given: GivenFlags,
  options: FinishOptions,
): string | undefined {
  const place = { position: options.imageAt, exitCode: 1 } as const;
  given.combine(["cidfile"], () => checkCidfile(draft, options), place);
  const reference = given.combine([], () => parseImageReference(options.image), place);
  given.combine(["pull"], () => checkPullable(draft, options), place);
  given.combine(["disable-content-trust"], () => checkTrust(draft, reference), place);
  if (draft.platform === "") return undefined;
  const { platform, inputs: { architecture } } = draft;
  // It may come from the environment, and then points at nothing.
  return given.combine(["platform"], () => normalizePlatform(platform, architecture), { exitCode: 1 });
}

function checkCidfile({ host, inputs }: CreateDraft, { cidfileMayExist }: FinishOptions): void {
  const path = host.ContainerIDFile ?? "";
  if (path === "") return;
  if (!cidfileMayExist && inputs.file(resolvePath(path, inputs.cwd)).kind !== "missing") {
    throw new ValueError(
      `container ID file found, make sure the other container is not running or delete ${quote(path)}`,
    );
  }
  const folder = folderOf(path);
  // Reading a folder as a file is an error; that is how we know that it is one.
  const hasFolder = folder === "" || inputs.file(resolvePath(folder, inputs.cwd)).kind === "error";
  if (path.endsWith("/") || !hasFolder) {
    throw new ValueError(`failed to create the container ID file: open ${quote(path)}: no such directory`);
  }
}

function checkPullable({ pull }: CreateDraft, { image }: FinishOptions): void {
  if (pull === "always" && /^[a-f0-9]{64}$/.test(image)) {
    throw new ValueError(`invalid repository name (${image}): an image can not be pulled by its id`);
  }
}

/** With content trust on, the CLI looks up who signed the tag; a digest needs no signature. */
function checkTrust({ contentTrust }: CreateDraft, reference: ImageReference | undefined): void {
  const needsSignature = reference?.kind === "name" &&
    (reference.tag !== undefined || reference.digest === undefined);
  if (contentTrust && needsSignature) {
    throw new ValueError(
      "content trust is not supported: name the image by its digest, or switch it off (--disable-content-trust)",
    );
  }
}
