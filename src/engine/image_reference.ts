/** `name[:tag][@digest]`, as the Docker CLI and the engine read it: github.com/distribution/reference. */
import { ValueError } from "../errors.ts";

/** An image by its name, which can be pulled, or by its id, which can not. */
export type ImageReference =
  | {
    readonly kind: "name";
    /** In full, e.g. `docker.io/library/alpine`. */
    readonly name: string;
    readonly tag: string | undefined;
    /** e.g. `sha256:…` */
    readonly digest: string | undefined;
  }
  | { readonly kind: "id"; readonly digest: string };

const HUB = "docker.io";
const OFFICIAL = "library/";

const HOST_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const HOST = `(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = `${PATH_PART}(?:/${PATH_PART})*`;
const TAG = "\\w[\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
// A first part that is no host name, such as "my_reg.io", is a part of the path.
const REFERENCE = new RegExp(`^((?:${HOST}/)?(${PATH}))(?::(${TAG}))?(?:@(${DIGEST}))?$`);

const HEX_DIGITS: ReadonlyMap<string, number> = new Map([["sha256", 64], ["sha384", 96], ["sha512", 128]]);
const PATH_LIMIT = 255;

/** Short names are made full: `alpine` is `docker.io/library/alpine`. @throws ValueError */
export function parseImageReference(text: string): ImageReference {
  if (/^[a-f0-9]{64}$/.test(text)) return { kind: "id", digest: `sha256:${text}` };
  if (isDigest(text)) return { kind: "id", digest: text };
  const [host, rest] = splitHost(text);
  const [path = ""] = rest.split(":");
  if (path.toLowerCase() !== path) {
    throw new ValueError(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  const [, name, fullPath = "", tag, digest] = REFERENCE.exec(`${host}/${rest}`) ?? [];
  if (name === undefined) {
    throw new ValueError(`invalid reference format: ${JSON.stringify(text)}; must be NAME[:TAG][@DIGEST]`);
  }
  if (fullPath.length > PATH_LIMIT) {
    throw new ValueError(`repository name must not be more than ${PATH_LIMIT} characters`);
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw new ValueError(`invalid digest in image reference: ${JSON.stringify(digest)}`);
  }
  return { kind: "name", name, tag, digest };
}

function isDigest(text: string): boolean {
  const [, algorithm = "", hex = ""] = /^(.*?):([a-f0-9]+)$/.exec(text) ?? [];
  return HEX_DIGITS.get(algorithm) === hex.length;
}

/** Without what looks like a host name it is a path on Docker Hub, where a single word is an official image. */
function splitHost(text: string): [host: string, rest: string] {
  const slash = text.indexOf("/");
  if (slash === -1) return [HUB, OFFICIAL + text];
  const [first, rest] = [text.slice(0, slash), text.slice(slash + 1)];
  const isHost = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  const host = isHost && first !== "index.docker.io" ? first : HUB;
  const path = isHost ? rest : text;
  return [host, host === HUB && !path.includes("/") ? OFFICIAL + path : path];
}

/** Whether it has the tag "latest", written or not, so that it means another image now and then. */
export function isLatest(image: string): boolean {
  const reference = parseImageReference(image);
  return reference.kind === "name" && reference.digest === undefined &&
    (reference.tag ?? "latest") === "latest";
}
