/** `influxdb:` of the machine-wide config: where records and measurements go. */
import * as v from "valibot";
import { ASCII, type ConfigText, readSecret } from "./secret_file.ts";
import { mustBe, section, text } from "./values.ts";

const LOCATION_RULE = "like http://localhost:8086: http or https, with neither user, query nor fragment";
const SIZE_RULE = "a size such as 500k, 64m or 2g";
const SIZE_UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

const location = v.pipe(
  text,
  // The message leaves out what was given, which may hold a password.
  v.check((input) => parseLocation(input) !== undefined, `must be ${LOCATION_RULE}`),
  v.transform((input) => parseLocation(input) ?? ""),
  v.metadata({ jsonSchema: { type: "string", pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\s][^?#@]*$" } }),
);

const size = v.pipe(
  text,
  v.regex(/^\d+[kmgKMG]$/, mustBe(SIZE_RULE)),
  v.transform((input) => parseInt(input) * (SIZE_UNITS[input.slice(-1).toLowerCase()] ?? 0)),
);

const nonEmpty = v.pipe(text, v.nonEmpty("must not be empty"));

export const influxdbSection = v.pipe(
  section({
    location,
    token: v.optional(v.pipe(text, v.regex(ASCII, "must be of ASCII characters"))),
    token_file: v.optional(nonEmpty),
    org: v.optional(nonEmpty),
    bucket: v.optional(nonEmpty, "monitoring"),
    spool_limit: v.optional(size, "64m"),
  }),
  v.forward(
    v.check(
      (input) => input.token === undefined || input.token_file === undefined,
      'must not be given beside "token"',
    ),
    ["token_file"],
  ),
  v.metadata({ jsonSchema: { not: { required: ["token", "token_file"] } } }),
);

/** The InfluxDB of this machine. */
export interface InfluxdbConfig {
  /** Its URL, without a slash at the end; it may have a path. */
  readonly location: string;
  /** Undefined where none is given. */
  readonly token: string | undefined;
  readonly org: string;
  readonly bucket: string;
  /** How much may wait on disk while it can not be reached. */
  readonly spoolLimitBytes: number;
}

/** With the token from where it is. @throws ConfigError */
export async function resolveInfluxdb(
  given: v.InferOutput<typeof influxdbSection>,
  config: ConfigText,
): Promise<InfluxdbConfig> {
  const { location, org = config.host.hostname(), bucket, spool_limit: spoolLimitBytes } = given;
  const token = given.token ?? await readSecret(config, {
    path: ["influxdb"],
    key: "token_file",
    named: given.token_file,
    credential: "influxdb-token",
  });
  return { location, token, org, bucket, spoolLimitBytes };
}

/** The URL without a slash at its end; undefined if it is not one. */
function parseLocation(input: string): string | undefined {
  if (!URL.canParse(input)) return undefined;
  const url = new URL(input);
  const isPlain = url.username + url.password + url.search + url.hash === "" && !/[?#@]/.test(input);
  if (!isPlain || !/^https?:$/.test(url.protocol) || url.hostname === "") return undefined;
  return url.href.replace(/\/+$/, "");
}
