/** Apprise API, with more than a hundred services behind it: https://github.com/caronc/apprise-api */
import type { AppriseTarget } from "../../config/alert_targets.ts";
import type { Message } from "../message.ts";
import { type Kind, postJson } from "../outgoing.ts";

const TYPES: Readonly<Record<Message["state"], string>> = {
  failing: "failure",
  over: "success",
  news: "info",
  test: "info",
};

export const apprise: Kind<AppriseTarget> = {
  request({ state, title, text }, { url, tag }) {
    const content = { title, body: text, type: TYPES[state], format: "text" };
    return postJson(url, tag === undefined ? content : { ...content, tag });
  },
  verdict({ httpStatus, text }) {
    if (httpStatus === 204) return { kind: "refused", reason: "Apprise has nothing under this key" };
    // Some of those behind it have not taken the message; the others would get it again.
    return httpStatus === 424 ? { kind: "delivered", remark: `HTTP status 424: ${text}` } : undefined;
  },
};
