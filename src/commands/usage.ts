/** What `--help` prints behind a command. */
import type { Subcommand } from "../cli.ts";

export const USAGE: Readonly<Record<Subcommand, string>> = {
  schema:
    `Prints the JSON Schema (draft 2020-12) of the config files, by which editors complete and check them.

Usage:
    service_runner schema              of the config of a service

Write it into a file once, and name that in the first line of a config, for editors with the YAML language server:
    service_runner schema > /srv/config/service.schema.json
    # yaml-language-server: $schema=/srv/config/service.schema.json
`,
};
