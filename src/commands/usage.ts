/** What `--help` prints behind a command. */
import type { Subcommand } from "../cli.ts";

export const USAGE: Readonly<Record<Subcommand, string>> = {
  validate:
    `Checks config files, and says all that is wrong with each, and what is doubtful; starts nothing, asks no engine.

Usage:
    service_runner validate [--json] CONFIG.yaml...

    --json    one JSON object on standard output, for tools

Exit codes:
    0   nothing is wrong, though there may be warnings
    64  wrong command line
    78  something is wrong with a config
`,
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
  status:
    `Shows the services of this machine, one a line: unit, container, since when, restarts, checks, log, image.

Usage:
    service_runner status [--watch | --json] [NAME...]

    -w, --watch    draw it anew each second, until Ctrl-C
    --json         one JSON object on standard output

LATENCY and HISTORY are those of a check that fails, else of the slowest; a run that failed is shown as ×.
A narrow terminal shows fewer columns. Who may not read a unit's folder in /run sees what systemd knows.

Exit codes:
    0   shown
    64  wrong command line
    69  systemd does not answer
`,
  doctor:
    `Checks whether this machine is fit for services, and says what to do about each finding; changes nothing.

Usage:
    service_runner doctor [--json] [CONFIG.yaml]

    --json    one JSON object on standard output

Looks at the engine (reachable, live-restore, log driver, cgroups, disk space), the unit file and whether its user
may use the engine's socket, the journal, the clock, InfluxDB; with CONFIG.yaml at that service's config, image
and name too. Best run as root.

Exit codes:
    0   nothing would stop a service
    1   something would
    64  wrong command line
`,
  completions: `Prints a script by which a shell completes commands, files, units and containers.

Usage:
    service_runner completions bash    eval "$(service_runner completions bash)", in ~/.bashrc
    service_runner completions zsh     source <(service_runner completions zsh), in ~/.zshrc
    service_runner completions fish    service_runner completions fish | source, in ~/.config/fish/config.fish

The scripts ask for names by "service_runner completions units" and "service_runner completions containers".
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
