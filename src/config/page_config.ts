/** `page:` of the machine-wide config: what `service_runner page` shows, and to whom. */
import * as v from "valibot";
import { type ConfigText, readSecret } from "./secret_file.ts";
import { flag, listOf, section, text, textMatching } from "./values.ts";

const hostName = textMatching(/^[\w.-]+$|^\[[\da-fA-F:.]+\]$/, "the name of a host, without a port");

export const pageSection = section({
  logs: v.optional(flag),
  hosts: v.optional(listOf(hostName)),
  password_file: v.optional(v.pipe(text, v.nonEmpty("must not be empty"))),
});

/** As it stands in the file. */
export type GivenPage = v.InferOutput<typeof pageSection>;

export interface PageConfig {
  /** Whether the page shows what the containers have written. */
  readonly logs: boolean;
  /** The names by which the page may be asked for, beside those of this machine. */
  readonly hosts: readonly string[];
  /** What a visitor has to know; undefined where anybody may look. */
  readonly password: string | undefined;
}

/** With the password from where it is. @throws ConfigError */
export async function resolvePage(
  { logs = false, hosts = [], password_file: named }: GivenPage,
  config: ConfigText,
): Promise<PageConfig> {
  const place = { path: ["page"], key: "password_file", named, credential: "page-password" };
  return { logs, hosts, password: await readSecret(config, place) };
}
