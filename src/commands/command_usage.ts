/** What `--help` prints behind a command. */
import type { Subcommand } from "../cli.ts";
import { ALERTS_USAGE } from "./alerts_usage.ts";
import { LOOK_USAGE } from "./look_usage.ts";
import { EXIT_CODES } from "./usage.ts";

const ADMIN_EXIT_CODES = `Exit codes:
    0   it is done, or was before
    1   it is refused, or a step has failed; stderr says why
    64  wrong command line`;

export const COMMAND_USAGE: Readonly<Record<Subcommand | "run", string>> = {
  ...ALERTS_USAGE,
  ...LOOK_USAGE,
  run: `Runs one service until it is asked to stop (SIGTERM, SIGINT) or its container ends.

Usage:
    service_runner run CONFIG.yaml
    service_runner CONFIG.yaml

${EXIT_CODES}
`,
  plan: `Prints as one JSON object what the engine would be asked; asks nothing.

Usage:
    service_runner plan CONFIG.yaml    for a service; "overrides" is what service_runner puts on top
    service_runner plan -- ARGS...     for the argument list of a "docker create", as the Docker CLI takes it

Exit codes:
    0   the plan is printed
    64  wrong command line, or a list that "docker create" would refuse
    78  something is wrong with the config
`,
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
    service_runner import compose.yaml [SERVICE] [-f FILE]... [--profile NAME]...
                          [--env-file FILE]... [--project-name NAME]
    service_runner import --container NAME

A Compose file is read by Docker Compose 2, which has to be installed, but needs no engine. Or another machine
reads it; "-" is what stands on standard input:
    docker compose config --format json | service_runner import - web

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
  logs:
    `Shows what the journal has of services, one record a line: time, level, who speaks, text. Reads by journalctl.

Usage:
    service_runner logs [OPTIONS] [NAME...]

    -f, --follow          go on with what comes, until Ctrl-C
    -n, --lines N|all     so many of the last lines; 200 by default, with --since all
    -p, --priority LEVEL  this level and all above it: trace debug info notice warn error fatal, or as
                          journalctl has them; two with ".." in between are a range
    -S, --since TIME      as journalctl takes it: "10 min ago", yesterday, "2026-11-26 14:00", --since=-1h
    -U, --until TIME
    --source WORD,...     who speaks: stdout, stderr, or container for both; of service_runner itself service,
                          docker, notify, monitoring, influxdb, alerts; systemd for it and all others in the unit
    -g, --grep REGEX      only records in whose message this is found (JavaScript's syntax); without capitals
                          in it, they make no difference
    --json                the records as JSON, one a line

NAME is that of a service, its unit, or a pattern such as 'web*'; without it, all services, as "status" shows
them. The time is the local one. The level is left out where it is info, and who speaks where it is the
container. A record that the journal has in parts is put together. Colours need a terminal and no NO_COLOR; in
a pipe each line has its date.

Exit codes:
    0    shown, or nothing is there
    1    journalctl has refused; stderr says why
    64   wrong command line, or there is no such service
    69   there is no journalctl, or the journal could not be read to its end
    130  ended by Ctrl-C
`,
  doctor: `Says what is wrong with a service or with the machine, and what to do about it; changes nothing.

Usage:
    service_runner doctor [--json] [NAME | CONFIG.yaml]

    --json    one JSON object on standard output

NAME is the service of service_runner@NAME.service; without one all services are looked at that are enabled or
have been started. Looks at the service (whether it runs, its last failure, its checks), its config, whether its
account may read what that names, its image with its credentials, its name, and before a start its ports and
mounts; then at the engine, the unit, the socket, the journal, the clock, InfluxDB. Best run as root.

Exit codes:
    0   no problem is found
    1   there is one: a service does not run, or would not start
    64  wrong command line
`,
  update:
    `Brings newer images to services, one after another. A service that runs does it itself: it pulls while the old
container serves, puts a new one in its place, and goes back if that is no good; the unit stays active.

Usage:
    service_runner update [--check] [--force] [--json] [NAME...]

    --check    only say whether there are newer images; nothing is pulled
    --force    also an image that is younger than update.min_age, or that was taken back before
    --json     one JSON object on standard output

Without a NAME: all services whose configs have an "update" section, as its mode says; with --check all services
but those of the mode never. Of a service that is failed, between restarts, or enabled and not started yet, the
newer image is pulled, and its next start has it. May be used by root, and by the services' account.

Exit codes:
    0    all is as it should be, newer or not
    1    an update has failed, or was taken back
    64   wrong command line, or there is no such service
    69   systemd does not answer
    130  ended by Ctrl-C
`,
  rollback:
    `Brings a service back to the image that it had before its last update, or takes an update back that is still
on probation. The image that it leaves is not started again until the tag means another one, or by "update --force".
What the newer version has made of its data stays as it is.

Usage:
    service_runner rollback [--json] NAME

    --json     one JSON object on standard output

Exit codes:
    0    the image before serves, or is what the next start takes
    1    there is no image to go back to, or it was no good either
    64   wrong command line, or there is no such service
    69   systemd does not answer
    130  ended by Ctrl-C
`,
  completions: `Prints a script by which a shell completes commands, files, units and containers.

Usage:
    service_runner completions bash    eval "$(service_runner completions bash)", in ~/.bashrc
    service_runner completions zsh     source <(service_runner completions zsh), in ~/.zshrc
    service_runner completions fish    service_runner completions fish | source, in ~/.config/fish/config.fish

The scripts ask what may follow by "service_runner completions -- WORDS", the last of them unfinished.
`,
  schema:
    `Prints the JSON Schema (draft 2020-12) of the config files, by which editors complete and check them.

Usage:
    service_runner schema [service]    of the config of a service
    service_runner schema runner       of the machine-wide config

Write it into a file once, and name that in the first line of a config, for editors with the YAML language server:
    service_runner schema > /srv/config/service.schema.json
    # yaml-language-server: $schema=/srv/config/service.schema.json
`,
  dashboard: `Prints a dashboard for Grafana as JSON, to be imported there.

Usage:
    service_runner dashboard [influxdb] > dashboard.json    for what goes to InfluxDB, asked by InfluxQL
    service_runner dashboard prometheus > dashboard.json    for what Prometheus has of "page" or "metrics"
`,
  install:
    `Puts the program into /usr/local/bin, its units into /etc/systemd/system, makes /srv/config and the accounts of
services, server-acct, and of the page, service_runner-page, where they are missing. Shows each step; doing it again
changes nothing.

Usage:
    service_runner install [--dry-run] [--force]

    --dry-run   show the steps, take none
    --force     overwrite a unit that is not the one of this version

${ADMIN_EXIT_CODES}
`,
  uninstall: `Stops all services, and takes away what "install" has put there. Configs and data stay.

Usage:
    service_runner uninstall [--dry-run] [--force]

    --dry-run   show the steps, take none
    --force     remove a unit that is not the one of this version, too

${ADMIN_EXIT_CODES}
`,
};
