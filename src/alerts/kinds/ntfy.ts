/** ntfy: https://docs.ntfy.sh/publish/#publish-as-json. 60 messages at once, then one every five seconds; 429 says so. */
import type { NtfyTarget } from "../../config/alert_targets.ts";
import { cutBytes, cutText, type Message } from "../message.ts";
import { bearer, type Kind, postJson } from "../outgoing.ts";

/** A longer one becomes an attachment. */
const TEXT_LIMIT_BYTES = 4096;
const TITLE_LIMIT = 250;
const PRIORITIES: Readonly<Record<string, number>> = { min: 1, low: 2, default: 3, high: 4, urgent: 5 };
const TAGS: Readonly<Record<Message["state"], string>> = {
  failing: "rotating_light",
  over: "white_check_mark",
  news: "package",
  test: "bell",
};

export const ntfy: Kind<NtfyTarget> = {
  request({ state, title, text }, { url, token, priority }) {
    // A topic is published to as JSON at the server's root.
    const [, server = "", topic = ""] = /^(.*\/)([^/]+)\/*$/.exec(url) ?? [];
    const high = PRIORITIES[priority] ?? 4;
    return postJson(server, {
      topic,
      title: cutText(title, TITLE_LIMIT),
      message: cutBytes(text, TEXT_LIMIT_BYTES),
      priority: state === "failing" ? high : Math.min(3, high),
      tags: [TAGS[state]],
    }, bearer(token));
  },
};
