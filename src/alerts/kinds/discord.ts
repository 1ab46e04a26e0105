/** Webhooks of Discord: https://discord.com/developers/docs/resources/webhook#execute-webhook */
import type { DiscordTarget } from "../../config/alert_targets.ts";
import { cutText, type Message } from "../message.ts";
import { type Kind, postJson } from "../outgoing.ts";

const TITLE_LIMIT = 2000;
/** Of 4,096, with room for the fence. */
const TEXT_LIMIT = 4000;
const COLORS: Readonly<Record<Message["state"], number>> = {
  failing: 0xd3302f,
  over: 0x2e7d32,
  news: 0x1976d2,
  test: 0x1976d2,
};

export const discord: Kind<DiscordTarget> = {
  request({ state, title, text }, { url }) {
    // In a fence nothing is formatting.
    const description = `\`\`\`\n${cutText(text.replaceAll("```", "'''"), TEXT_LIMIT)}\n\`\`\``;
    return postJson(url, {
      content: cutText(title.replace(/[\\*_~`|>#@<\[\]]/g, "\\$&"), TITLE_LIMIT),
      embeds: [{ description, color: COLORS[state] }],
      // Whatever a line says, nobody is called by it.
      "allowed_mentions": { parse: [] },
    });
  },
  verdict({ httpStatus, text }) {
    const seconds = /"retry_after"\s*:\s*(\d+(?:\.\d+)?)/.exec(text)?.[1];
    if (httpStatus !== 429 || seconds === undefined) return undefined;
    return { kind: "away", reason: "HTTP status 429", waitMs: Number(seconds) * 1000 };
  },
};
