/** Incoming webhooks of Slack, which Mattermost and Rocket.Chat take too: https://api.slack.com/messaging/webhooks */
import type { SlackTarget } from "../../config/alert_targets.ts";
import { cutText, type Message } from "../message.ts";
import { type Kind, postJson } from "../outgoing.ts";

/** More is folded away. */
const TEXT_LIMIT = 4000;
const COLORS: Readonly<Record<Message["state"], string>> = {
  failing: "danger",
  over: "good",
  news: "#439fe0",
  test: "#439fe0",
};

export const slack: Kind<SlackTarget> = {
  request({ state, title, text }, { url }) {
    const attachment = {
      color: COLORS[state],
      text: escape(cutText(text, TEXT_LIMIT)),
      fallback: escape(title),
      // As it is: stars and underscores of others are no formatting.
      "mrkdwn_in": [],
    };
    return postJson(url, { text: escape(title), attachments: [attachment] });
  },
};

/** What else were a link or a mention; that of Mattermost and Rocket.Chat is broken by a blank of no width. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replace(/@(?=(?:all|channel|everyone|here)\b)/gi, "@\u200b");
}
