/** What is asked of the engine, and what comes of it, for each pull policy. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { ContainerEngine, PullOptions } from "../../src/engine/engine.ts";
import { EngineError, EngineUnreachableError, RegistryUnreachableError } from "../../src/errors.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { prepareImage } from "../../src/image/prepare_image.ts";
import type { WantedImage } from "../../src/image/wanted_image.ts";

const OLD = { Id: "sha256:old", RepoDigests: ["nginx@sha256:old"] };
const NEW = { Id: "sha256:new", RepoDigests: ["nginx@sha256:new"] };
const REFUSAL = new EngineError('pull the image "nginx"', 404, "manifest unknown");
const DENIAL = new EngineError('pull the image "nginx"', 500, "unauthorized: <html>no</html>");
const OUTAGE = new RegistryUnreachableError('pull the image "nginx"', 500, "dial tcp: i/o timeout");
const LOSS = new EngineUnreachableError("/run/docker.sock", "it broke off", true);

interface Case {
  readonly name: string;
  readonly image?: string;
  readonly pull: WantedImage["pull"];
  /** What the engine has. */
  readonly has?: typeof OLD;
  /** How the pull fails. */
  readonly failure?: Error;
  /** The digest, or the message of what is thrown. */
  readonly outcome: string;
  readonly asked: string;
  readonly warnings?: readonly string[];
}

const GOING_ON = `${REFUSAL.message}; going on with the image that is here`;

const CASES: readonly Case[] = [
  { name: "always pulls", pull: "always", has: OLD, outcome: "nginx@sha256:new", asked: "pull,inspect" },
  {
    name: "missing takes what is here",
    pull: "missing",
    has: OLD,
    outcome: "nginx@sha256:old",
    asked: "inspect",
  },
  { name: "missing pulls", pull: "missing", outcome: "nginx@sha256:new", asked: "inspect,pull,inspect" },
  {
    name: "never takes what is here",
    pull: "never",
    has: OLD,
    outcome: "nginx@sha256:old",
    asked: "inspect",
  },
  {
    name: "never does not pull",
    pull: "never",
    outcome: 'Cannot use the image "nginx": the engine does not have it, and "pull" is "never"',
    asked: "inspect",
  },
  {
    name: "an id is not pulled",
    image: "a".repeat(64),
    pull: "always",
    outcome: `Cannot use the image "${
      "a".repeat(64)
    }": the engine does not have it, and an id can not be pulled`,
    asked: "inspect",
  },
  {
    name: "always fails with the pull",
    pull: "always",
    has: OLD,
    failure: REFUSAL,
    outcome: REFUSAL.message,
    asked: "pull",
  },
  {
    name: "a registry that lets nobody in: with which credentials, and no page of HTML",
    pull: "always",
    failure: DENIAL,
    outcome: 'Cannot pull the image "nginx": unauthorized: a page of HTML (asked without credentials)',
    asked: "pull",
  },
  {
    name: "prefer goes on with what is here",
    pull: "prefer",
    has: OLD,
    failure: REFUSAL,
    outcome: "nginx@sha256:old",
    asked: "pull,inspect",
    warnings: [GOING_ON],
  },
  {
    name: "prefer fails where nothing is here",
    pull: "prefer",
    failure: OUTAGE,
    outcome: OUTAGE.message,
    asked: "pull,inspect",
  },
  {
    name: "prefer fails with the engine",
    pull: "prefer",
    has: OLD,
    failure: LOSS,
    outcome: LOSS.message,
    asked: "pull",
  },
];

async function prepare({ image = "nginx", pull, has, failure }: Case) {
  const asked: string[] = [];
  const warnings: string[] = [];
  let present = has;
  const engine = {
    inspectImage: () => {
      asked.push("inspect");
      return Promise.resolve(present);
    },
    pullImage: (_: string, { repository, tag }: PullOptions) => {
      asked.push("pull");
      equal(`${repository}:${tag}`, "docker.io/library/nginx:latest");
      if (failure !== undefined) return Promise.reject(failure);
      present = NEW;
      return Promise.resolve();
    },
  } as unknown as ContainerEngine;
  const context = {
    host: { ...denoHost(), env: () => undefined },
    logger: {
      log: ({ severity, message }: { severity: string; message: string }) => {
        if (severity !== "info") warnings.push(message);
      },
    },
    notifier: { send: () => {} },
    stop: new AbortController().signal,
  };
  const wanted = { image, pull, platform: undefined, build: undefined };
  const outcome = await prepareImage(wanted, engine, context).catch(({ message }: Error) => message);
  return { outcome, asked: asked.join(), warnings };
}

Deno.test("prepareImage() asks the engine as the pull policy says", async (t) => {
  for (const each of CASES) {
    await t.step(each.name, async () => {
      const { outcome, asked, warnings = [] } = each;
      deepEqual(await prepare(each), { outcome, asked, warnings });
    });
  }
});

Deno.test("prepareImage() is over with its reason when the service is to stop", async () => {
  const stopping = new AbortController();
  const engine = {
    pullImage: (_: string, { signal }: PullOptions) => {
      const gone = new Promise((_, reject) => signal.addEventListener("abort", () => reject(OUTAGE)));
      stopping.abort(new Error("stopped by SIGTERM"));
      return gone;
    },
  } as unknown as ContainerEngine;
  const statuses: (string | undefined)[] = [];
  const context = {
    host: { ...denoHost(), env: () => undefined },
    logger: { log: () => {} },
    notifier: { send: ({ status }: { status?: string }) => void statuses.push(status) },
    stop: stopping.signal,
  };
  const wanted = { image: "nginx", pull: "prefer", platform: undefined, build: undefined } as const;
  const error = await prepareImage(wanted, engine, context).catch((error: unknown) => error);
  ok(error instanceof Error && error.message === "stopped by SIGTERM");
  deepEqual(statuses, ["Pulling nginx"]);
});
