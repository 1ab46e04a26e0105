/** All kinds of channels. */
import type { AlertTarget } from "../../config/alert_targets.ts";
import type { Message } from "../message.ts";
import { type Answer, type Kind, type Outgoing, usualVerdict, type Verdict } from "../outgoing.ts";
import { alertmanager } from "./alertmanager.ts";
import { apprise } from "./apprise.ts";
import { command } from "./command.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { ntfy } from "./ntfy.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

type Kinds = { readonly [K in AlertTarget["kind"]]: Kind<AlertTarget & { kind: K }> };

const KINDS: Kinds = { ntfy, slack, discord, telegram, email, apprise, alertmanager, webhook, command };

export function requestOf(message: Message, target: AlertTarget): Outgoing {
  return (KINDS[target.kind] as Kind<AlertTarget>).request(message, target);
}

/** `nowMs`: since 1970. */
export function verdictOf(answer: Answer, { kind }: AlertTarget, nowMs: number): Verdict {
  const own = answer.kind === "http" ? KINDS[kind].verdict?.(answer) : undefined;
  return own ?? usualVerdict(answer, nowMs);
}

/** The value of another one, such as `high`, is a word. */
const SECRET_HEADER = /auth|cookie|key|password|secret|token/i;
/** A shorter part of a path, like `webhook`, is a word. */
const LEAST_PART_LENGTH = 12;

/** What must not be shown: all that lets somebody else write to the channel. */
export function secretsOf(target: AlertTarget): string[] {
  const { url, token, password } = target as { url?: string; token?: string; password?: string };
  const headers = target.kind === "webhook"
    ? Object.entries(target.headers).filter(([name]) => SECRET_HEADER.test(name)).map(([, value]) => value)
    : [];
  // Who knows the topic may read and write it.
  const topic = target.kind === "ntfy" ? [/[^/]*(?=\/*$)/.exec(target.url)?.[0] ?? ""] : [];
  return [...url === undefined ? [] : secretsOfUrl(url), ...topic, token ?? "", password ?? "", ...headers];
}

/** The whole, and what the other side may name by itself: what stands behind the host, long parts of that, a login. */
function secretsOfUrl(url: string): string[] {
  const { pathname, search, searchParams, username, password } = new URL(url);
  const parts = pathname.split("/").filter(({ length }) => length >= LEAST_PART_LENGTH);
  const path = pathname + search === "/" ? [] : [pathname + search];
  const login = username === "" ? [] : [password, btoa(`${username}:${password}`)];
  return [url, ...path, ...parts, ...searchParams.values(), ...login].filter((text) => text !== "");
}
