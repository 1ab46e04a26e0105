/** Telegram's Bot API: https://core.telegram.org/bots/api#sendmessage */
import type { TelegramTarget } from "../../config/alert_targets.ts";
import { cutText } from "../message.ts";
import { type Kind, postJson } from "../outgoing.ts";

const LIMIT = 4096;

export const telegram: Kind<TelegramTarget> = {
  request({ title, text }, { server, token, chatId, threadId }) {
    return postJson(`${server}/bot${token}/sendMessage`, {
      "chat_id": chatId,
      ...(threadId !== undefined && { "message_thread_id": Number(threadId) }),
      // Without `parse_mode` nothing in it has to be escaped.
      text: cutText(`${title}\n\n${text}`, LIMIT),
      "link_preview_options": { "is_disabled": true },
    });
  },
  verdict({ httpStatus, text }) {
    const reason = `HTTP status ${httpStatus}: ${text}`;
    const seconds = /"retry_after"\s*:\s*(\d+)/.exec(text)?.[1];
    if (httpStatus === 429 && seconds !== undefined) {
      return { kind: "away", reason, waitMs: Number(seconds) * 1000 };
    }
    // That there is no such chat is said by 400, too.
    return httpStatus === 400 && /chat|thread|topic/i.test(text) ? { kind: "refused", reason } : undefined;
  },
};
