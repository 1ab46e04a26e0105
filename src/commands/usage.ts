/** What `--help` prints behind a command. */
import type { Subcommand } from "../cli.ts";

export const USAGE: Readonly<Record<Subcommand, string>> = {
  import: `Prints a config for what runs today; what can not be carried over is a comment in it.

Usage:
    service_runner import -- docker run ARGS...
    service_runner import compose.yaml [SERVICE]
    service_runner import --container NAME

Health checks become checks, depends_on a suggestion for the unit. To try it:
    service_runner import -- docker run -d --name web nginx > /srv/config/web.yaml
    service_runner validate /srv/config/web.yaml

Exit codes:
    0   the config is printed
    64  wrong command line, or one that "docker run" would refuse
    69  engine not reachable
    70  there is no such container
    78  something is wrong with the Compose file
`,
  schema:
    `Prints the JSON Schema (draft 2020-12) of the config files, by which editors complete and check them.

Usage:
    service_runner schema              of the config of a service

Write it into a file once, and name that in the first line of a config, for editors with the YAML language server:
    service_runner schema > /srv/config/service.schema.json
    # yaml-language-server: $schema=/srv/config/service.schema.json
`,
};
