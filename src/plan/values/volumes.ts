/** `--volume`: `/path` (anonymous), `name:/path`, `/host:/path[:options]`, `./relative:/path`. */
import { ValueError } from "../../errors.ts";
import { byteLength, cut, quote } from "./go_strings.ts";
import { joinPath } from "../../host/paths.ts";

/** A bind or named volume becomes an entry of `Binds`, an anonymous volume one of `Volumes`. */
export type Volume = { readonly kind: "bind" | "anonymous"; readonly spec: string };

/** Options are not checked here: the engine does that. Host paths that start with `.` become absolute. */
export function parseVolume(spec: string, cwd: string): Volume {
  const sections = splitSections(spec);
  if (sections.length === 1) return { kind: "anonymous", spec };
  // Any other source is sent unchanged; the engine decides whether it is a path or a name.
  if (!spec.startsWith(".")) return { kind: "bind", spec };
  const [source, rest] = cut(spec, ":");
  return { kind: "bind", spec: `${joinPath(cwd, source)}:${rest}` };
}

function splitSections(spec: string): string[] {
  if (spec === "") throw new ValueError("invalid empty volume spec");
  // The CLI takes any text of one or two bytes for a target, even ":" or "::".
  if (spec.length <= 2 && byteLength(spec) <= 2) return [spec];
  const sections: string[] = [];
  let section = "";
  for (const rune of spec) {
    // A single letter before the colon is a Windows drive, also here on Linux: "a:/x" is one section.
    if (rune === ":" && !/^\p{L}$/u.test(section)) {
      sections.push(section);
      section = "";
    } else {
      section += rune;
    }
  }
  sections.push(section);
  if (sections.includes("")) {
    throw new ValueError(`invalid spec: ${quote(spec)}: empty section between colons`);
  }
  if (sections.length > 3) {
    throw new ValueError(`invalid spec: ${quote(spec)}: too many colons; must be [SOURCE:]TARGET[:OPTIONS]`);
  }
  return sections;
}
