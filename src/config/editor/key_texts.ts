/**
 * What each key of the config files is for, by its path: the descriptions and examples of the JSON Schema.
 * A key that all kinds of checks have stands once, under `check_*`.
 */
import type { KeyPath } from "../schema_keys.ts";

export interface KeyText {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

function text(description: string, ...examples: readonly unknown[]): KeyText {
  return examples.length === 0 ? { description } : { description, examples };
}

export const SERVICE_KEYS: ReadonlyMap<KeyPath, KeyText> = new Map([
  ["name", text("The name of the container, and of the service in its log.", "crystal-docs")],
  [
    "image",
    text(
      "The image, as for docker pull; the tag is latest where none is given.",
      "nginx:1.27",
      "ghcr.io/org/app:v2",
    ),
  ],
  [
    "container_create_args",
    text(
      "Flags as for docker create, each flag and each value an item of its own.",
      ["--publish", "8080:80", "--volume", "/srv/data:/data:ro"],
    ),
  ],
  ["service_args", text("The command of the container, each word an item.", ["serve", "--port", "80"])],
  [
    "pull",
    text(
      "When to pull the image: always (default), prefer (start from the local image if the pull fails), " +
        "missing (once), never.",
      "prefer",
    ),
  ],
  ["build", text("Builds the image from a Dockerfile instead of pulling it.", { context: "./shop" })],
  ["build.context", text("The folder that is sent to the engine, relative to that of the config.", "./shop")],
  ["build.dockerfile", text("Relative to the context; may be outside of it.", "Dockerfile")],
  ["build.target", text("The stage to build; the last one, where none is given.", "production")],
  ["build.args", text("Values for the Dockerfile's ARG instructions.", { VERSION: "1.50" })],
  ["ready", text("What makes the unit active.", { when: "checks", timeout: "2m" })],
  [
    "ready.when",
    text(
      "started (default): the container has started; healthy: the image's HEALTHCHECK passes; checks: the checks " +
        "of this file have passed; notify: the container says so by sd_notify.",
      "checks",
    ),
  ],
  ["ready.timeout", text("After which the start fails.", "5m")],
  ["logs", text("How the container's lines become records.", { json: "text" })],
  [
    "logs.json",
    text(
      "Of a line that is a JSON object: not set: it is the message, verbatim, and appears parsed, too; nested: the " +
        "message is the object's own; text: it is a line like any other.",
      "nested",
    ),
  ],
  ["logs.severity", text("The severity of lines that do not say it themselves.", { stderr: "error" })],
  ["logs.severity.stdout", text("The severity of lines on standard output.", "info")],
  ["logs.severity.stderr", text("The severity of lines on standard error.", "warn")],
  [
    "logs.multiline",
    text(
      "A regular expression of JavaScript; a line that matches begins a record, the others are joined to it.",
      "^\\S",
      "^\\d{4}-",
    ),
  ],
  [
    "logs.syslog_level_prefix",
    text(
      "Whether <N> at the beginning of a line, as in sd-daemon(3), is its severity, and taken off.",
      false,
    ),
  ],
  [
    "adopt",
    text(
      "Whether a container that outlived a crash of service_runner is taken over, if the config still wants it so.",
    ),
  ],
  [
    "monitor",
    text("What is watched while the container runs.", { check_http: [{ path: "/health", port: 8080 }] }),
  ],
  [
    "monitor.check_container_present",
    text("true (default): the container runs; false: do not look; a name: that container runs.", true, "db"),
  ],
  [
    "monitor.public_network_name",
    text("The network whose container address is the default host of checks.", "public"),
  ],
  ["monitor.check_http", text("HTTP requests, and what is expected of the answers.", [{ path: "/health" }])],
  ["monitor.check_tcp", text("Connections that must come about.", [{ port: 5432 }])],
  ["monitor.check_internal_command", text("Commands in the container.", [{ shell_command: "pg_isready" }])],
  [
    "monitor.check_shell_command",
    text("Commands of the host's shell.", [{ shell_command: "test -e /srv/ok" }]),
  ],
  [
    "monitor.check_exe",
    text("Programs on the host.", [{ exe: "/usr/bin/test", arguments: ["-e", "/srv/ok"] }]),
  ],

  ["monitor.check_*[].frequency", text("Seconds (ticks) from one run to the next.", 30)],
  ["monitor.check_*[].name", text("What the check is called in the log.", "front page")],
  ["monitor.check_*[].timeout", text("After which a run has failed.", "10s")],
  [
    "monitor.check_*[].ready",
    text("Whether ready.when: checks waits for this check; if none says so, for all."),
  ],
  ["monitor.check_*[].start_after", text("How long after the container's start the first run is.", "30s")],
  ["monitor.check_*[].failure_threshold", text("Failures in a row that make the check a failing one.", 3)],
  ["monitor.check_*[].success_threshold", text("Passes in a row that end that.", 2)],
  [
    "monitor.check_*[].failures",
    text("So many failures within the last so many runs make the check a failing one, too.", "3 of 10"),
  ],
  [
    "monitor.check_*[].on_failure",
    text(
      "What follows: log (default) says so; restart restarts the container; fail ends the service as failed; " +
        "watchdog lets systemd's watchdog starve.",
      "watchdog",
    ),
  ],
  [
    "monitor.check_*[].restart_interval",
    text("The least time between two restarts, whichever check asked for them.", "1m"),
  ],
  [
    "monitor.check_*[].restart_limit",
    text("So many restarts because of this check; if it still fails then, the run fails.", 5),
  ],
  ["monitor.check_*[].host", text("Where to ask; by default the container's address.", "localhost")],
  ["monitor.check_*[].port", text("The port to ask.", 8080)],
  ["monitor.check_*[].shell_command", text("What the shell is to run.", "pg_isready --quiet")],
  ["monitor.check_*[].exe", text("The program to run.", "/usr/bin/pg_isready")],
  ["monitor.check_*[].arguments", text("The program's arguments.", ["--quiet"])],
  ["monitor.check_*[].environment", text("Variables for the command.", { LANG: "C.UTF-8" })],
  ["monitor.check_*[].stdin_string", text("What the command reads.", "ping\n")],
  ["monitor.check_*[].stdin_file", text("The file that the command reads.", "/srv/config/request.txt")],
  ["monitor.check_*[].workdir", text("The folder in which the command runs.", "/srv")],
  ["monitor.check_*[].expected", text("What is not given here is not compared.", { status: 0 })],
  ["monitor.check_*[].expected.status", text("The exit code.", 0)],
  ["monitor.check_*[].expected.stdout", text("What the command prints, to the byte.", "ok\n")],
  ["monitor.check_*[].expected.stderr", text("What the command prints on standard error, to the byte.", "")],

  ["monitor.check_http[].path", text("The path, from the first slash.", "/health")],
  ["monitor.check_http[].scheme", text("http (default) or https.", "https")],
  ["monitor.check_http[].method", text("The HTTP method.", "GET")],
  ["monitor.check_http[].query_parameters", text("Lists of values by name.", { verbose: ["1"] })],
  ["monitor.check_http[].headers", text("Lists of values by name.", { Accept: ["application/json"] })],
  ["monitor.check_http[].body", text("What is sent.", '{"ping": true}')],
  ["monitor.check_http[].tls", text("How the server's certificate is looked at.", { insecure: true })],
  [
    "monitor.check_http[].tls.ca_file",
    text("The authorities that are trusted, as PEM.", "/srv/config/ca.pem"),
  ],
  ["monitor.check_http[].tls.insecure", text("Whether any certificate will do.")],
  ["monitor.check_http[].follow_redirects", text("Whether the answer behind a redirect is what counts.")],
  ["monitor.check_http[].expected", text("What is not given here is not compared.", { status: 200 })],
  [
    "monitor.check_http[].expected.status",
    text("A status, a class of them, or a list.", 200, "2xx", ["2xx", 304]),
  ],
  ["monitor.check_http[].expected.body", text("The body of the answer, to the byte.", "ok")],
  [
    "monitor.check_http[].expected.body_file",
    text("A file with the body, read anew each time.", "/srv/www/index.html"),
  ],
  [
    "monitor.check_http[].expected.body_contains",
    text("A text that the body contains, or a list of them.", "Welcome", ["<html", "</html>"]),
  ],
  [
    "monitor.check_http[].expected.body_matches",
    text("A regular expression of JavaScript that the body matches.", "^v\\d+"),
  ],
  [
    "monitor.check_http[].expected.headers",
    text("Headers of the answer, each with a value or a list.", { "content-type": "text/html" }),
  ],
  [
    "monitor.check_http[].expected.json",
    text("Values in a JSON body, by their paths.", { "status": "up", "data.nodes[0].id": 3 }),
  ],
  ["monitor.check_http[].expected.max_latency", text("How long the answer may take.", "500ms")],
  [
    "monitor.check_http[].expected.certificate_valid_for",
    text("How long the certificate must be good yet.", "14d"),
  ],
]);

export const RUNNER_KEYS: ReadonlyMap<KeyPath, KeyText> = new Map([
  [
    "influxdb",
    text("Where records and measurements go.", { location: "http://localhost:8086/", bucket: "monitoring" }),
  ],
  ["influxdb.location", text("The URL of InfluxDB.", "http://localhost:8086/")],
  ["influxdb.token", text("The token; better kept in a file of its own, see token_file.")],
  [
    "influxdb.token_file",
    text("The file with the token, relative to this one.", "/etc/service_runner/influxdb-token"),
  ],
  ["influxdb.org", text("The organisation; by default this machine's name.", "home")],
  ["influxdb.bucket", text("The bucket.", "monitoring")],
  ["influxdb.spool_limit", text("What may wait on disk while InfluxDB is away, for each service.", "64m")],
]);

/** What is said of a key, its own text before that of all checks. */
export function keyText(texts: ReadonlyMap<KeyPath, KeyText>, path: KeyPath): KeyText | undefined {
  return texts.get(path) ?? texts.get(path.replace(/\.check_\w+\[\]/, ".check_*[]"));
}
