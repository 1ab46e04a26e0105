/**
 * The answer of POST /images/create (ImageCreate): one JSON object a line, until the pull is over.
 * In: the body's bytes. Out: how far the pull is, and the failure that may come after a status of 200.
 */
import type { PullMessage } from "./api_types.ts";
import { readMessages } from "./json_messages.ts";

/** How far a pull is; layers that the engine had before count as done. */
export interface PullProgress {
  readonly layersDone: number;
  readonly layers: number;
  /** 0 to 100: of all bytes that have been announced, or of the layers while none have. */
  readonly percent: number;
}

interface Layer {
  current: number;
  total: number;
  done: boolean;
}

const DONE_STATUSES = new Set(["Pull complete", "Already exists"]);

/**
 * Reads the body to its end, and reports after each piece of it. Yields the error message of the registry or the
 * engine, undefined if all went well.
 */
export async function readPull(
  body: ReadableStream<Uint8Array>,
  onProgress: (progress: PullProgress) => void,
): Promise<string | undefined> {
  const layers = new Map<string, Layer>();
  let failure: string | undefined;
  for await (const messages of readMessages<PullMessage>(body)) {
    for (const message of messages) {
      failure ??= message.errorDetail?.message ?? message.error;
      updateLayer(layers, message);
    }
    onProgress(summarize(layers));
  }
  return failure;
}

function updateLayer(layers: Map<string, Layer>, { id, status, progressDetail }: PullMessage): void {
  if (id === undefined || status === undefined) return;
  if (status === "Pulling fs layer" || status === "Already exists") {
    layers.set(id, { current: 0, total: 0, done: false });
  }
  // A line about the tag or the digest has an id too, which is no layer's.
  const layer = layers.get(id);
  if (layer === undefined) return;
  if (DONE_STATUSES.has(status)) layer.done = true;
  if (status === "Downloading") {
    layer.current = progressDetail?.current ?? layer.current;
    layer.total = progressDetail?.total ?? layer.total;
  }
  if (status === "Download complete" || layer.done) layer.current = layer.total;
}

function summarize(layers: ReadonlyMap<string, Layer>): PullProgress {
  let current = 0;
  let total = 0;
  let layersDone = 0;
  for (const layer of layers.values()) {
    current += layer.current;
    total += layer.total;
    if (layer.done) layersDone++;
  }
  const [done, all] = total === 0 ? [layersDone, layers.size] : [current, total];
  const percent = all === 0 ? 0 : Math.floor(100 * done / all);
  return { layersDone, layers: layers.size, percent };
}
