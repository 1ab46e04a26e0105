/** What `--help` prints of the commands by which others look at the services: Prometheus, browsers. */
export const LOOK_USAGE = {
  metrics: `Prints metrics of all services as OpenMetrics; reads what "status" reads, and asks no engine.

Usage:
    service_runner metrics [--output FILE]

    -o, --output FILE    into a file, whole or not at all, in the format of node_exporter's textfile collector;
                         its name has to end in .prom there

"service_runner page" serves the same under /metrics. Who may not read a unit's folder in /run gets what systemd
knows, and a line on standard error.

Exit codes:
    0   printed, or written
    1   the file could not be written
    64  wrong command line
    69  systemd does not answer
`,
  page:
    `Serves a web page of all services: state, checks, log if wanted; it changes nothing, and asks no engine.

Usage:
    service_runner page [--listen ADDRESS:PORT | --listen unix:PATH]

    -l, --listen    127.0.0.1:7440 by default

"install" writes a socket by which systemd starts it when somebody looks, and stops it five minutes later:
    systemctl enable --now service_runner-page.socket

Paths:
    /                       all services; live where the browser runs scripts
    /service/NAME           one of them, with its last records if the machine-wide config has page.logs
    /api/services           what "status --json" prints
    /metrics                for Prometheus
    /badge/NAME.svg, .json  for other pages; the JSON is that of shields.io
    /logs/NAME              its last records as JSON, one a line

The machine-wide config, section "page": logs, hosts (the names by which it may be asked for, beside localhost and
this machine's name), password_file.

Exit codes:
    0   ended by SIGTERM or Ctrl-C
    64  wrong command line
    69  it can not listen there
    78  something is wrong with the machine-wide config
`,
} as const;
