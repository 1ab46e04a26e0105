/** The `build` section of a service's config: the image comes from a Dockerfile instead of a registry. */
import * as v from "valibot";
import { mapOf, mustBe, section, text } from "./values.ts";

const nonEmpty = (allowed: string) => v.pipe(text, v.nonEmpty(mustBe(allowed)));

export const buildSchema = v.optional(v.pipe(
  section({
    context: v.optional(nonEmpty("a folder"), "."),
    dockerfile: v.optional(nonEmpty("a file"), "Dockerfile"),
    target: v.optional(nonEmpty("the name of a stage")),
    args: v.nullish(mapOf(text), {}),
    secrets: v.optional(mapOf(nonEmpty("a file"))),
    cache_from: v.optional(v.array(nonEmpty("an image"), mustBe("a list"))),
  }),
  v.transform(({ cache_from: cacheFrom, ...others }) => ({ ...others, cacheFrom })),
));
