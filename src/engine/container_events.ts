/** GET /events (SystemEvents), asked for one container and some kinds of events. */
import type { EventMessage } from "./api_types.ts";
import type { ContainerEvent } from "./engine.ts";
import { readMessages } from "./json_messages.ts";

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ContainerEvent> {
  for await (const messages of readMessages<EventMessage>(body)) {
    for (const { Action } of messages) yield Action;
  }
}
