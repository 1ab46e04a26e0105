/** Any URL: it gets our own JSON, or a text with placeholders such as `{title}`, by which most services can be reached. */
import type { WebhookTarget } from "../../config/alert_targets.ts";
import type { Message } from "../message.ts";
import { bearer, JSON_HEADERS, type Kind } from "../outgoing.ts";

const PLACEHOLDER = /\{(title|text|service|host|state|at|id)\}/g;

export const webhook: Kind<WebhookTarget> = {
  request(message, { url, token, method, headers: given, body: template }) {
    const own = Object.entries(given);
    const type = own.find(([name]) => name.toLowerCase() === "content-type")?.[1];
    const isJson = template === undefined || (type === undefined ? makesJson(template) : /json/i.test(type));
    const isForm = /form-urlencoded/i.test(type ?? "");
    const inBody = isJson ? withinJson : isForm ? encodeURIComponent : (value: string) => value;
    const plain: readonly (readonly [string, string])[] = [["Content-Type", "text/plain; charset=utf-8"]];
    const headers = [
      ...type === undefined && method !== "GET" ? (isJson ? JSON_HEADERS : plain) : [],
      ...bearer(token),
      ...own,
    ];
    const body = template === undefined ? JSON.stringify(message) : fillIn(template, message, inBody);
    return {
      via: "http",
      url: fillIn(url, message, encodeURIComponent),
      method,
      headers,
      body: method === "GET" ? undefined : body,
    };
  },
};

function fillIn(template: string, message: Message, written: (value: string) => string): string {
  return template.replace(PLACEHOLDER, (_, name: string) => written(String(message[name as keyof Message])));
}

/** The placeholders stand within quotes, which what they stand for must not end. */
function withinJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function makesJson(template: string): boolean {
  try {
    return typeof JSON.parse(template.replace(PLACEHOLDER, "x")) === "object";
  } catch {
    return false;
  }
}
