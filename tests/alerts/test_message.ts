/** A message as a test needs it: what it does not say is as of a check that fails. */
import type { Message } from "../../src/alerts/message.ts";

export function testMessage(changes: Partial<Message> = {}): Message {
  return {
    id: "4f9f9c3e-0000-4000-8000-000000000000",
    at: "2026-11-26T03:12:15.000Z",
    service: "web",
    host: "den",
    state: "failing",
    title: 'web on den: check "http /" fails: status 500',
    text: 'Check "http /" fails: status 500\nsince 03:12:05\n<a href="x">& *lines*```',
    items: [{
      problem: "check check_http http /",
      state: "begun",
      what: 'Check "http /" fails: status 500',
      since: "2026-11-26T03:12:05.000Z",
      until: null,
      lines: ["last line"],
    }],
    ...changes,
  };
}
