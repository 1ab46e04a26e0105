/**
 * The channels by which somebody is told, each with its secrets. Loaded only where the machine-wide config has `alerts:`.
 * In: the section as it was written. Out: targets that can be used, or what is wrong with them.
 */
import { ConfigError, type Problem } from "../errors.ts";
import type { AlertKind } from "./service_alerts.ts";
import type { GivenAlerts, GivenChannel } from "./alerts_config.ts";
import { configError } from "./load_config.ts";
import { ASCII, type ConfigText, readSecret } from "./secret_file.ts";

interface OfKind<K extends AlertKind> {
  readonly kind: K;
  /** What it is called in records: its kind, with a number from the second of a kind on. */
  readonly name: string;
}

interface WithUrl {
  readonly url: string;
}

interface WithToken {
  readonly token: string | undefined;
}

/** `url`: of the topic. */
export type NtfyTarget = OfKind<"ntfy"> & WithUrl & WithToken & { readonly priority: string };
export type SlackTarget = OfKind<"slack"> & WithUrl;
export type DiscordTarget = OfKind<"discord"> & WithUrl;
export type TelegramTarget = OfKind<"telegram"> & {
  /** Without a slash at its end. */
  readonly server: string;
  readonly token: string;
  readonly chatId: string;
  readonly threadId: string | undefined;
};
export type EmailTarget = OfKind<"email"> & {
  /** e.g. `smtps://mail.example` or `smtp://mail.example:587` */
  readonly server: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
};
/** `url`: with the key, e.g. `http://apprise.example/notify/KEY`. */
export type AppriseTarget = OfKind<"apprise"> & WithUrl & { readonly tag: string | undefined };
/** `url`: of the server, without a slash at its end. */
export type AlertmanagerTarget = OfKind<"alertmanager"> & WithUrl & WithToken;
export type WebhookTarget = OfKind<"webhook"> & WithUrl & WithToken & {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: our own JSON. */
  readonly body: string | undefined;
};
export type CommandTarget = OfKind<"command"> & { readonly argv: readonly string[] };

export type AlertTarget =
  | NtfyTarget
  | SlackTarget
  | DiscordTarget
  | TelegramTarget
  | EmailTarget
  | AppriseTarget
  | AlertmanagerTarget
  | WebhookTarget
  | CommandTarget;

export interface AlertsConfig {
  readonly to: readonly AlertTarget[];
  /** Why channels are not among these: secrets that can not be read just now. Services run without them. */
  readonly unusable: readonly Problem[];
  /** How often a problem that lasts is told again; undefined: never. */
  readonly reminderMs: number | undefined;
  /** What is asked each minute, so that somebody notices when this machine is silent. */
  readonly heartbeat: string | undefined;
}

const HTTP = ["http:", "https:"];
const SMTP = ["smtp:", "smtps:"];

/** @throws ConfigError that tells all that is wrong */
export async function resolveAlerts(
  { to, reminder: reminderMs, ...others }: GivenAlerts,
  config: ConfigText,
): Promise<AlertsConfig> {
  const problems: Problem[] = [];
  const unusable: Problem[] = [];
  const targets: AlertTarget[] = [];
  const unlessUnreadable = async <T>(reading: Promise<T>): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      unusable.push(...error.problems);
      return undefined;
    }
  };
  const counts: Partial<Record<AlertKind, number>> = {};
  for (const [index, channel] of to.entries()) {
    const kind = Object.keys(channel)[0] as AlertKind;
    const count = counts[kind] = (counts[kind] ?? 0) + 1;
    const name = count === 1 ? kind : `${kind} ${count}`;
    const reader = new Reader(name.replace(" ", "-"), ["alerts", "to", index, kind], { config, problems });
    const target = await unlessUnreadable(resolveTarget(channel, name, reader));
    if (target !== undefined) targets.push(target);
  }
  const reader = new Reader("alerts", ["alerts"], { config, problems });
  const heartbeat = await unlessUnreadable(reader.url(others, "heartbeat", HTTP));
  if (problems.length > 0) throw await configError(config.file, config.text, [...problems, ...unusable]);
  return { to: targets, unusable, reminderMs, heartbeat };
}

async function resolveTarget(given: GivenChannel, name: string, reader: Reader): Promise<AlertTarget> {
  const { ntfy, slack, discord, telegram, email, apprise, alertmanager, webhook, command } = given;
  const url = async (of: Given) => await reader.needed(of, "url", HTTP);
  const token = async (of: Given) => await reader.secret(of, "token");
  if (ntfy) {
    const topic = await url(ntfy);
    if (URL.canParse(topic) && !/^\/(?:.*\/)?[\w-]+\/*$/.test(pathOf(topic))) {
      reader.note(ntfy.url === undefined ? "url_file" : "url", "must end with the name of a topic");
    }
    return { kind: "ntfy", name, url: topic, token: await token(ntfy), priority: ntfy.priority };
  }
  if (slack) return { kind: "slack", name, url: await url(slack) };
  if (discord) return { kind: "discord", name, url: await url(discord) };
  if (telegram) {
    const { chat_id: chatId, thread_id: threadId, server } = telegram;
    reader.checkUrl(server, "server", HTTP);
    const token = await reader.needed(telegram, "token");
    return { kind: "telegram", name, server: server.replace(/\/+$/, ""), token, chatId, threadId };
  }
  if (email) {
    const { server, from, to, user } = email;
    reader.checkUrl(server, "server", SMTP);
    if (/@/.test(server)) reader.note("server", 'must not hold who logs in: that is "user" and "password"');
    const password = await reader.secret(email, "password");
    if ((user === undefined) !== (password === undefined)) {
      reader.note("user", 'needs "password", and the other way round');
    }
    return { kind: "email", name, server, from, to, user, password };
  }
  if (apprise) return { kind: "apprise", name, url: await url(apprise), tag: apprise.tag };
  if (alertmanager) {
    const location = (await url(alertmanager)).replace(/\/+$/, "");
    if (/[?#]/.test(location)) reader.note("url", "must be that of the server, without a query");
    return { kind: "alertmanager", name, url: location, token: await token(alertmanager) };
  }
  if (webhook) {
    const { method, headers, body } = webhook;
    const to = { url: await url(webhook), token: await token(webhook) };
    if (method === "GET" && body !== undefined) reader.note("body", 'can not be sent by the method "GET"');
    return { kind: "webhook", name, ...to, method, headers, body };
  }
  return { kind: "command", name, argv: command ?? [] };
}

/** What stands behind the host, the query included. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

type Given = Readonly<Record<string, unknown>>;

/** Reads what is secret in one section, and notes what is wrong with it. */
class Reader {
  /** `credential`: what the names of its credentials begin with: its kind, with a number from the second of a kind on. */
  constructor(
    readonly credential: string,
    readonly path: readonly (string | number)[],
    readonly options: { readonly config: ConfigText; readonly problems: Problem[] },
  ) {}

  async secret(given: Given, key: string): Promise<string | undefined> {
    const inPlace = given[key] as string | undefined;
    const named = given[`${key}_file`] as string | undefined;
    if (inPlace !== undefined && named !== undefined) {
      this.note(`${key}_file`, `must not be given beside "${key}"`);
    }
    if (inPlace !== undefined && !ASCII.test(inPlace)) this.note(key, "must be of ASCII characters");
    const place = { path: this.path, key: `${key}_file`, named, credential: `${this.credential}-${key}` };
    return inPlace ?? await readSecret(this.options.config, place);
  }

  async url(given: Given, key: string, protocols: readonly string[]): Promise<string | undefined> {
    const url = await this.secret(given, key);
    if (url !== undefined) this.checkUrl(url, given[key] === undefined ? `${key}_file` : key, protocols);
    return url;
  }

  /** Empty where it is missing, which is noted. */
  async needed(given: Given, key: string, protocols?: readonly string[]): Promise<string> {
    const value = protocols === undefined
      ? await this.secret(given, key)
      : await this.url(given, key, protocols);
    if (value !== undefined) return value;
    const message = `needs "${key}", "${key}_file" or the credential "${this.credential}-${key}"`;
    this.options.problems.push({ path: this.path, message, atKey: true });
    return "";
  }

  /** The message leaves out what was given. */
  checkUrl(text: string, key: string, protocols: readonly string[]): void {
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol) && new URL(text).hostname !== "") {
      return;
    }
    const words = protocols.map((protocol) => `${protocol}//`).join(" or ");
    this.note(key, `must be a URL that begins with ${words}`);
  }

  note(key: string, message: string): void {
    this.options.problems.push({ path: [...this.path, key], message });
  }
}
