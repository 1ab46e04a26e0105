/**
 * `deno task soak [SECONDS]`: two hundred checks a second of one service, for five minutes where no time is given.
 * Says what it had open before and after and how its memory went; exits with 1 where something was left or grew.
 */
import { leftOver, soak, type SoakResult } from "../support/check_soak.ts";
import { EngineApi } from "../support/engine_api.ts";
import { BASE_IMAGE, buildImage } from "../support/images.ts";
import { provideEngine } from "../support/private_engine.ts";
import { progress } from "../support/progress.ts";
import { ENGINE_VARIABLE, TEST_IMAGES } from "../support/test_engine.ts";

const DEFAULT_SECONDS = 300;
const SAMPLES = 30;
/** What a garbage collection earlier or later makes out; 60,000 checks of which each left 100 bytes are 6 MiB. */
const GROWTH_LIMIT_KIB = 4096;

if (import.meta.main) Deno.exit(await main(Number(Deno.args[0] ?? DEFAULT_SECONDS)));

async function main(seconds: number): Promise<number> {
  await using engine = await provideEngine();
  await buildImage(new EngineApi(engine.socketPath), TEST_IMAGES.base, BASE_IMAGE);
  Deno.env.set(ENGINE_VARIABLE, engine.socketPath);
  progress(`200 checks a second for ${seconds} s`);
  const result = await soak({ warmUpSeconds: 20, seconds, sampleSeconds: Math.max(1, seconds / SAMPLES) });
  progress(JSON.stringify(result, null, 2));
  const complaints = complaintsAbout(result);
  for (const complaint of complaints) progress(complaint);
  return complaints.length === 0 ? 0 : 1;
}

function complaintsAbout(result: SoakResult): string[] {
  const { memoryKib } = result;
  const complaints = leftOver(result).map((what) => `Left over: ${what}`);
  const middle = Math.ceil(memoryKib.length / 2);
  const growth = median(memoryKib.slice(middle)) - median(memoryKib.slice(0, middle));
  progress(`Private memory grew by ${growth} KiB from the first half to the second`);
  if (growth > GROWTH_LIMIT_KIB) complaints.push(`More than the ${GROWTH_LIMIT_KIB} KiB that are allowed`);
  return [...complaints, ...result.complaints];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
