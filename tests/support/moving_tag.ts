/**
 * A tag in a real registry that means one image after another, as far as the engine of the tests knows of them only by
 * pulling.
 */
import type { EngineApi } from "./engine_api.ts";
import { TEST_IMAGES, testRegistry } from "./test_engine.ts";

export class MovingTag implements AsyncDisposable {
  /** As in a config, e.g. `127.0.0.1:40001/web-1a2b3c4d`. */
  readonly image: string;

  constructor(readonly engine: EngineApi, name: string) {
    this.image = `${testRegistry()}/${name}`;
  }

  /** From now on the tag means an image that runs this script; yields the image's id in the engine. */
  async push(script: string): Promise<string> {
    const { engine, image } = this;
    const before = await engine.inspectImage(image);
    const container = await engine.docker.createContainer({ Image: TEST_IMAGES.base });
    const changes = `CMD ${JSON.stringify(["sh", "-c", script])}`;
    const { Id: id } = await container.commit({ repo: image, tag: "latest", changes });
    await engine.removeContainer(container.id);
    await engine.pushImage(`${image}:latest`);
    await engine.removeImage(image);
    if (before !== undefined) await engine.tagImage(before.Id, image);
    return id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.removeImage(this.image);
  }
}
