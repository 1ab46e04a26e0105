/** What a real engine does is tested in tests/integration; here are the answers that it does not give on demand. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import { EngineError, EngineUnreachableError, RegistryUnreachableError } from "../../src/errors.ts";
import { type Answer, EngineServer } from "../support/engine_server.ts";
import { tempDir } from "../support/temp_dir.ts";

const signal = new AbortController().signal;

async function withEngine(
  answer: Answer,
  use: (engine: DockerEngine, server: EngineServer) => Promise<void>,
): Promise<void> {
  await using server = await EngineServer.start(answer);
  using transport = unixTransport(server.socketPath);
  await use(new DockerEngine(server.socketPath, transport.send), server);
}

function ping(version: string): Response {
  return new Response("OK", { headers: { "Api-Version": version } });
}

Deno.test("negotiate() agrees on the older of the engine's version and ours", async (t) => {
  for (
    const [offered, agreed] of [["1.41", "1.41"], ["1.44", "1.44"], ["1.52", "1.52"], [
      "1.56",
      "1.52",
    ]] as const
  ) {
    await t.step(offered, async () => {
      const answer: Answer = ({ url }) =>
        url.endsWith("/_ping")
          ? ping(offered)
          : Response.json({ message: "no such container" }, { status: 404 });
      await withEngine(answer, async (engine, { requests }) => {
        equal(await engine.negotiate(signal), agreed);
        equal(await engine.inspectContainer("web", signal), undefined);
        equal(requests.at(-1)?.path, `/v${agreed}/containers/web/json`);
      });
    });
  }
});

Deno.test("negotiate() refuses an engine that is too old, and what is no engine", async () => {
  for (
    const [answer, expected] of [[() => ping("1.40"), /"1.40".*at least 1.41/], [
      () => new Response("hi"),
      /""/,
    ]] as const
  ) {
    await withEngine(answer, async (engine) => {
      await rejects(
        engine.negotiate(signal),
        (error) => error instanceof EngineError && expected.test(error.message),
      );
    });
  }
});

Deno.test("an error keeps the engine's own words and says what was asked for", async () => {
  const answer = () =>
    Response.json({ message: "driver failed: port is already allocated" }, { status: 500 });
  await withEngine(answer, async (engine) => {
    await rejects(engine.startContainer("abc", signal), (error) => {
      ok(error instanceof EngineError);
      equal(error.message, "Cannot start the container: driver failed: port is already allocated");
      equal(error.httpStatus, 500);
      return true;
    });
  });
});

Deno.test("an error that is no JSON is passed on as it is", async () => {
  await withEngine(() => new Response("upstream gone", { status: 502 }), async (engine) => {
    await rejects(engine.startContainer("abc", signal), {
      message: "Cannot start the container: upstream gone",
    });
  });
});

Deno.test("pullImage() fails on an error in the last line of a 200, and tells an unreachable registry apart", async () => {
  const options = {
    repository: "docker.io/library/nginx",
    tag: "latest",
    platform: undefined,
    registryAuth: undefined,
    onProgress() {},
    signal,
  };
  const answering = (message: string) => () =>
    new Response(
      `{"status":"Pulling"}\r\n${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`,
    );
  await withEngine(answering("unexpected EOF"), async (engine) => {
    await rejects(engine.pullImage("nginx:latest", options), (error) => {
      ok(error instanceof EngineError && !(error instanceof RegistryUnreachableError));
      equal(error.message, 'Cannot pull the image "nginx:latest": unexpected EOF');
      return true;
    });
  });
  await withEngine(answering("dial tcp 127.0.0.1:5000: connect: connection refused"), async (engine) => {
    await rejects(engine.pullImage("nginx:latest", options), RegistryUnreachableError);
  });
});

Deno.test("inspectContainer() does not take a container whose id begins with the name", async () => {
  const container = { Id: "web".padEnd(64, "0"), Name: "/something-else" };
  await withEngine(() => Response.json(container), async (engine) => {
    equal(await engine.inspectContainer("web", signal), undefined);
    equal((await engine.inspectContainer("something-else", signal))?.Id, container.Id);
    equal((await engine.inspectContainer(container.Id, signal))?.Id, container.Id);
  });
});

Deno.test("a removal that somebody else has begun or done is none of our errors", async () => {
  for (const status of [404, 409]) {
    await withEngine(() => Response.json({ message: "removal in progress" }, { status }), (engine) => {
      return engine.removeContainer("abc", signal);
    });
  }
});

Deno.test("waitContainer() resolves before the exit, and rejects when the connection breaks off", async () => {
  const exited = Promise.withResolvers<string>();
  const answer = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          controller.enqueue(new TextEncoder().encode(await exited.promise));
          controller.close();
        },
      }),
    );
  await withEngine(answer, async (engine) => {
    const { exit } = await engine.waitContainer("abc", "next-exit", signal);
    exited.resolve('{"StatusCode":3}');
    deepEqual(await exit, { statusCode: 3, error: undefined });
  });
  const broken = () =>
    new Response(new ReadableStream({ start: (controller) => controller.error(new Error("gone")) }));
  await withEngine(broken, async (engine) => {
    await rejects(
      async () => await (await engine.waitContainer("abc", "next-exit", signal)).exit,
      EngineUnreachableError,
    );
  });
});

Deno.test("an answer that breaks off half-way counts as no answer", async () => {
  const broken = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"Id":"')),
        pull: (controller) => controller.error(new Error("gone")),
      }),
    );
  const pull = { repository: "r", tag: "t", platform: undefined, registryAuth: undefined, onProgress() {} };
  const calls: ((engine: DockerEngine, signal: AbortSignal) => Promise<unknown>)[] = [
    (engine, signal) => engine.inspectContainer("web", signal),
    (engine, signal) => engine.createContainer({ name: "web", query: {}, body: { Image: "r" } }, signal),
    (engine, signal) => engine.pullImage("r:t", { ...pull, signal }),
  ];
  for (const call of calls) {
    await withEngine(broken, async (engine) => {
      await rejects(call(engine, signal), (error) => {
        ok(error instanceof EngineUnreachableError);
        ok(/the connection broke off during the request to .+/.test(error.reason), error.reason);
        return true;
      });
    });
  }
});

Deno.test("an abort in the middle of an answer is passed on too", async () => {
  const beginning = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"status":"Pulling"}\r\n')),
      }),
    );
  await withEngine(beginning, async (engine) => {
    const stopping = new AbortController();
    const reason = new Error("asked to stop");
    const pulling = engine.pullImage("r:t", {
      repository: "r",
      tag: "t",
      platform: undefined,
      registryAuth: undefined,
      onProgress: () => stopping.abort(reason),
      signal: stopping.signal,
    });
    await rejects(pulling, reason);
  });
});

Deno.test("an abort passes its reason on untouched", async () => {
  await withEngine(() => new Promise<Response>(() => {}), async (engine) => {
    const controller = new AbortController();
    const reason = new Error("asked to stop");
    const asking = engine.inspectContainer("web", controller.signal);
    controller.abort(reason);
    await rejects(asking, reason);
  });
});

Deno.test("an engine that is not there is told from one that does not let us in", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/absent.sock`;
  using transport = unixTransport(path);
  await rejects(new DockerEngine(path, transport.send).negotiate(signal), (error) => {
    ok(error instanceof EngineUnreachableError);
    equal(
      error.message,
      `Cannot reach the Docker Engine at "${path}": there is no such socket; is the engine running?`,
    );
    equal(error.mayComeUp, true);
    return true;
  });
});

Deno.test("startExec() with something to read: the engine's refusal is an error in its own words", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/engine.sock`;
  using listener = Deno.listen({ transport: "unix", path });
  using transport = unixTransport(path);
  const running = new DockerEngine(path, transport.send).startExec("x", new Uint8Array([1]), signal);
  const message = '{"message":"No such exec instance: x"}\n';
  using connection = await listener.accept();
  const request = new Uint8Array(4096);
  const length = await connection.read(request);
  // In two pieces, cut within the body.
  const answer = `HTTP/1.1 404 Not Found\r\nContent-Length: ${message.length}\r\n\r\n${message}`;
  await connection.write(new TextEncoder().encode(answer.slice(0, -20)));
  await connection.write(new TextEncoder().encode(answer.slice(-20)));
  await rejects(
    running,
    (error) =>
      error instanceof EngineError && error.httpStatus === 404 && error.reason === "No such exec instance: x",
  );
  const text = new TextDecoder().decode(request.subarray(0, length ?? 0));
  ok(text.startsWith("POST /v1.41/exec/x/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\n"), text);
});

Deno.test("startExec() with something to read, and nobody there: the engine counts as unreachable", async () => {
  await using dir = await tempDir();
  using transport = unixTransport(`${dir.path}/absent.sock`);
  const engine = new DockerEngine(`${dir.path}/absent.sock`, transport.send);
  await rejects(
    engine.startExec("x", new Uint8Array(), signal),
    (error) => error instanceof EngineUnreachableError && /no such socket/.test(error.message),
  );
});
