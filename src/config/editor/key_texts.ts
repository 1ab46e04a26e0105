/**
 * What each key of the config files is for, by its path: the descriptions and examples of the JSON Schema.
 * A key that all kinds of checks have stands once, under `check_*`.
 */
import type { KeyPath } from "../schema_keys.ts";
import { SWARM_TEXTS } from "./swarm_key_texts.ts";

export interface KeyText {
  readonly description: string;
  readonly examples?: readonly unknown[];
}

/** What a key is for, and examples of its value. */
type Row = readonly [description: string, ...examples: unknown[]];

export function texts(prefix: KeyPath, rows: Readonly<Record<string, Row>>): [KeyPath, KeyText][] {
  return Object.entries(rows).map(([key, [description, ...examples]]) => [
    prefix + key,
    examples.length === 0 ? { description } : { description, examples },
  ]);
}

export const SERVICE_KEYS: ReadonlyMap<KeyPath, KeyText> = new Map([
  ...texts("", {
    name: ["The name of the container, and of the service in its log.", "crystal-docs"],
    image: [
      "The image, as for docker pull; the tag is latest where none is given.",
      "nginx:1.27",
      "ghcr.io/org/app:v2",
    ],
    container_create_args: ["Flags as for docker create, each flag and each value an item of its own.", [
      "--publish",
      "8080:80",
      "--volume",
      "/srv/data:/data:ro",
    ]],
    service_args: ["The command of the container, each word an item.", ["serve", "--port", "80"]],
    pull: [
      "When to pull the image: always (default), prefer (start from the local image if the pull fails), " +
      "missing (once), never.",
      "prefer",
    ],
    build: ["Builds the image from a Dockerfile by `docker build` instead of pulling it.", {
      context: "./shop",
    }],
    "build.context": [
      "The folder that the build may copy files from, relative to that of the config.",
      "./shop",
    ],
    "build.dockerfile": ["Relative to the context; may be outside of it.", "Dockerfile"],
    "build.target": ["The stage to build; the last one, where none is given.", "production"],
    "build.args": ["Values for the Dockerfile's ARG instructions.", { VERSION: "1.50" }],
    "build.secrets": [
      "Files for RUN --mount=type=secret, by the ids that the Dockerfile has for them, relative to the folder of " +
      "the config; with BuildKit.",
      { "npm_token": "/etc/shop/npm_token" },
    ],
    "build.cache_from": ["Images whose steps need not be built anew.", ["registry.example/shop/web"]],
    ready: ["What makes the unit active.", { when: "checks", timeout: "2m" }],
    "ready.when": [
      "started (default): the container has started; healthy: the image's HEALTHCHECK passes; checks: the checks " +
      "of this file have passed; notify: the container says so by sd_notify.",
      "checks",
    ],
    "ready.timeout": ["After which the start fails.", "5m"],
    logs: ["How the container's lines become records.", { json: "text" }],
    "logs.json": [
      "Of a line that is a JSON object: not set: it is the message, verbatim, and appears parsed, too; nested: the " +
      "message is the object's own; text: it is a line like any other.",
      "nested",
    ],
    "logs.severity": ["The severity of lines that do not say it themselves.", { stderr: "error" }],
    "logs.severity.stdout": ["The severity of lines on standard output.", "info"],
    "logs.severity.stderr": ["The severity of lines on standard error.", "info"],
    "logs.multiline": [
      "A regular expression of JavaScript; a line that matches begins a record, the others are joined to it.",
      "^\\S",
      "^\\d{4}-",
    ],
    "logs.syslog_level_prefix": [
      "Whether <N> at the beginning of a line, as in sd-daemon(3), is its severity, and taken off.",
      false,
    ],
    update: [
      "How the service gets newer images while it runs, by `service_runner update` or its timer. With this section " +
      "`pull` defaults to missing: a restart does not change the image.",
      { "mode": "auto", "min_age": "3d" },
    ],
    "update.mode": [
      "auto (default): a newer image is taken; notify: it is only told that there is one; never: not looked for.",
      "notify",
    ],
    "update.min_age": [
      "How long ago this machine has to have seen a newer image first, before it is taken.",
      "3d",
    ],
    "update.probation": [
      "How long the old container is kept after the new one has become ready; if the new one ends by itself, or a " +
      "check with on_failure restart or fail fails meanwhile, the old one serves again.",
      "10m",
    ],
    alerts: [
      "Who is told when something is wrong with this service: false for nobody, or what is other than in the " +
      "machine-wide config.",
      { after: "5m" },
    ],
    "alerts.after": ["How long a problem has to last before it is told.", "5m"],
    "alerts.to": ["The kinds of channels that are told; by default all.", ["ntfy"]],
    adopt: [
      "Whether a container that outlived a crash of service_runner is taken over, if the config still wants it so.",
    ],
    swarm: [
      "Makes the service one of a swarm that this machine is a manager of: tasks on its nodes, in place of a container " +
      "here.",
      { replicas: 3 },
    ],
  }),
  ...texts("swarm.", SWARM_TEXTS),
  ...texts("", {
    monitor: ["What is watched while the container runs.", { check_http: [{ path: "/health", port: 8080 }] }],
    "monitor.check_container_present": [
      "true (default): the container runs; false: do not look; a name: that container runs.",
      true,
      "db",
    ],
    "monitor.public_network_name": [
      "The network whose container address is the default host of checks. Not set: public, else the container's " +
      "first one.",
      "public",
    ],
    "monitor.check_http": ["HTTP requests, and what is expected of the answers.", [{ path: "/health" }]],
    "monitor.check_tcp": ["Connections that must come about.", [{ port: 5432 }]],
    "monitor.check_internal_command": ["Commands in the container.", [{ shell_command: "pg_isready" }]],
    "monitor.check_shell_command": ["Commands of the host's shell.", [{ shell_command: "test -e /srv/ok" }]],
    "monitor.check_exe": ["Programs on the host.", [{ exe: "/usr/bin/test", arguments: ["-e", "/srv/ok"] }]],
  }),
  ...texts("monitor.check_*[].", {
    frequency: ["Seconds (ticks) from one run to the next.", 30],
    name: ["What the check is called in the log.", "front page"],
    timeout: ["After which a run has failed.", "10s"],
    ready: ["Whether ready.when: checks waits for this check; if none says so, for all."],
    start_after: ["How long after the container's start the first run is.", "30s"],
    failure_threshold: ["Failures in a row that make the check a failing one.", 3],
    success_threshold: ["Passes in a row that end that.", 2],
    failures: ["So many failures within the last so many runs make the check a failing one, too.", "3 of 10"],
    on_failure: [
      "What follows: log (default) says so; restart restarts the container; fail ends the service as failed; " +
      "watchdog lets systemd's watchdog starve.",
      "watchdog",
    ],
    restart_interval: ["The least time between two restarts, whichever check asked for them.", "1m"],
    restart_limit: ["So many restarts because of this check; if it still fails then, the run fails.", 5],
    host: ["Where to ask; by default the container's address.", "localhost"],
    port: ["The port to ask.", 8080],
    shell_command: ["What the shell is to run.", "pg_isready --quiet"],
    exe: ["The program to run.", "/usr/bin/pg_isready"],
    arguments: ["The program's arguments.", ["--quiet"]],
    environment: ["Variables for the command.", { LANG: "C.UTF-8" }],
    stdin_string: ["What the command reads.", "ping\n"],
    stdin_file: ["The file that the command reads.", "/srv/config/request.txt"],
    workdir: ["The folder in which the command runs.", "/srv"],
    expected: ["What is not given here is not compared.", { status: 0 }],
    "expected.status": ["The exit code.", 0],
    "expected.stdout": ["What the command prints, to the byte.", "ok\n"],
    "expected.stderr": ["What the command prints on standard error, to the byte.", ""],
  }),
  ...texts("monitor.check_http[].", {
    path: ["The path, from the first slash.", "/health"],
    scheme: ["http (default) or https.", "https"],
    method: ["The HTTP method.", "GET"],
    query_parameters: ["Lists of values by name.", { verbose: ["1"] }],
    headers: ["Lists of values by name.", { Accept: ["application/json"] }],
    body: ["What is sent.", '{"ping": true}'],
    tls: ["How the server's certificate is looked at.", { insecure: true }],
    "tls.ca_file": ["The authorities that are trusted, as PEM.", "/srv/config/ca.pem"],
    "tls.insecure": ["Whether any certificate will do."],
    follow_redirects: ["Whether the answer behind a redirect is what counts."],
    expected: ["What is not given here is not compared.", { status: 200 }],
    "expected.status": ["A status, a class of them, or a list.", 200, "2xx", ["2xx", 304]],
    "expected.body": ["The body of the answer, to the byte.", "ok"],
    "expected.body_file": ["A file with the body, read anew each time.", "/srv/www/index.html"],
    "expected.body_contains": ["A text that the body contains, or a list of them.", "Welcome", [
      "<html",
      "</html>",
    ]],
    "expected.body_matches": ["A regular expression of JavaScript that the body matches.", "^v\\d+"],
    "expected.headers": ["Headers of the answer, each with a value or a list.", {
      "content-type": "text/html",
    }],
    "expected.json": ["Values in a JSON body, by their paths.", { "status": "up", "data.nodes[0].id": 3 }],
    "expected.max_latency": ["How long the answer may take.", "500ms"],
    "expected.certificate_valid_for": ["How long the certificate must be good yet.", "14d"],
  }),
]);

/** What is said of a key, its own text before that of all checks or channels. */
export function keyText(texts: ReadonlyMap<KeyPath, KeyText>, path: KeyPath): KeyText | undefined {
  return texts.get(path) ?? texts.get(path.replace(/\.check_\w+\[\]/, ".check_*[]")) ??
    texts.get(path.replace(/^alerts\.to\[\]\.\w+\./, "alerts.to[].*."));
}
