/** The commands, one row each, from which the command line is parsed, `--help` is printed and shells complete. */
import type { Subcommand } from "../cli.ts";

import { LEVELS, SOURCES } from "./logs/log_words.ts";

/** An option as `parseArgs` of node:util takes it. */
export interface CommandOption {
  readonly type: "boolean" | "string";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What the value of one of type `string` can be completed with. */
  readonly values?: "containers" | "configs" | readonly string[];
  readonly about: string;
}

export interface CommandRow {
  /** A few words, as in the list of `--help`. */
  readonly about: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** What may follow the command: config files, units, or one of these words. */
  readonly words: "configs" | "units" | readonly string[];
}

const JSON_OPTION = { json: { type: "boolean", about: "one JSON object, for tools" } } as const;

const ADMIN_OPTIONS = {
  "dry-run": { type: "boolean", about: "show the steps, take none" },
  force: { type: "boolean", about: "a changed unit is no obstacle" },
} as const;

/** Passed on to Compose, as often as they are given. */
const FOR_COMPOSE = { type: "string", multiple: true } as const;

export const COMMANDS: Readonly<Record<"run" | Subcommand, CommandRow>> = {
  run: { about: "run the service that the file describes", words: "configs" },
  validate: { about: "check files, start nothing", options: JSON_OPTION, words: "configs" },
  plan: { about: "print what the engine would be asked, as JSON", words: "configs" },
  status: {
    about: "show all services of this machine",
    options: { ...JSON_OPTION, watch: { type: "boolean", short: "w", about: "draw it anew each second" } },
    words: "units",
  },
  logs: {
    about: "show what the journal has of services",
    options: {
      follow: { type: "boolean", short: "f", about: "go on with what comes, until Ctrl-C" },
      lines: { type: "string", short: "n", values: ["all"], about: "so many of the last lines, or all" },
      priority: {
        type: "string",
        short: "p",
        values: Object.keys(LEVELS),
        about: "this level and all above it",
      },
      since: { type: "string", short: "S", about: "from this time on, as journalctl takes it" },
      until: { type: "string", short: "U", about: "up to this time" },
      source: { type: "string", multiple: true, values: [...SOURCES.keys()], about: "who speaks" },
      grep: { type: "string", short: "g", about: "only messages in which this is found" },
      json: { type: "boolean", about: "the records as JSON, one a line" },
    },
    words: "units",
  },
  metrics: {
    about: "print metrics of all services, for Prometheus",
    options: {
      output: { type: "string", short: "o", about: "into a file, for node_exporter's textfile collector" },
    },
    words: [],
  },
  page: {
    about: "serve a web page of all services, read-only",
    options: {
      listen: { type: "string", short: "l", about: "an address and a port, or unix: and a path" },
    },
    words: [],
  },
  doctor: { about: "say what is wrong with a service, and what to do", options: JSON_OPTION, words: "units" },
  update: {
    about: "bring newer images to services, one after another",
    options: {
      check: { type: "boolean", about: "only say whether there are any" },
      force: { type: "boolean", about: "also what is too young, or was taken back before" },
      ...JSON_OPTION,
    },
    words: "units",
  },
  rollback: {
    about: "bring a service back to the image before",
    options: JSON_OPTION,
    words: "units",
  },
  silence: {
    about: "let alerts sleep for a time",
    options: {
      all: { type: "boolean", short: "a", about: "of all services" },
      off: { type: "boolean", about: "let them wake up" },
    },
    words: "units",
  },
  alert: {
    about: "send a test by the channels that are told",
    options: {
      test: { type: "boolean", about: "a message that says that nothing is wrong" },
      ended: { type: "boolean", about: "for the unit: service_runner itself has been killed" },
    },
    words: "configs",
  },
  import: {
    about: "make a config of what runs today",
    options: {
      container: { type: "string", values: "containers", about: "a container that exists" },
      file: {
        ...FOR_COMPOSE,
        short: "f",
        values: "configs",
        about: "a Compose file, merged over those before",
      },
      profile: { ...FOR_COMPOSE, about: "a profile of the Compose file" },
      "env-file": {
        ...FOR_COMPOSE,
        values: "configs",
        about: "variables for the Compose file, instead of .env",
      },
      "project-name": { ...FOR_COMPOSE, short: "p", about: "the name of the Compose project" },
    },
    words: "configs",
  },
  schema: { about: "print the JSON Schema of the config files", words: ["service", "runner"] },
  dashboard: { about: "print a dashboard for Grafana", words: ["influxdb", "prometheus"] },
  install: {
    about: "put the program, its unit and its account on this machine",
    options: ADMIN_OPTIONS,
    words: [],
  },
  uninstall: { about: "the reverse; configs and data stay", options: ADMIN_OPTIONS, words: [] },
  completions: {
    about: "print a script that completes commands, files and names",
    words: ["bash", "zsh", "fish"],
  },
};
