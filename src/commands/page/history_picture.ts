/**
 * The last runs of a check as bars: the duration by height. One that failed is told by colour and by shape: it is hollow,
 * and as high as there is room.
 */
import { HISTORY_LENGTH } from "../../logging/status_file.ts";

const STEP = 6;
/** Of a bar, which is the stroke of a line, see `style.css`: that is half as long as its outline. */
const WIDTH = 4;
const HEIGHT = 24;
const LEAST_HEIGHT = 3;
/** In this range bars are told apart by their heights; where all are alike, none is to fill the picture. */
const LEAST_SCALE_MS = 20;

/** As SVG. `history`: milliseconds, the newest last; negative for a run that failed. */
export function historyPicture(history: readonly number[]): string {
  const runs = history.slice(-HISTORY_LENGTH);
  if (runs.length === 0) return "";
  const most = Math.max(LEAST_SCALE_MS, ...runs.filter((ms) => ms > 0));
  const left = (HISTORY_LENGTH - runs.length) * STEP;
  let passed = "";
  let failed = "";
  for (const [index, ms] of runs.entries()) {
    const x = left + index * STEP + WIDTH / 2;
    const height = Math.max(LEAST_HEIGHT, Math.round(ms / most * HEIGHT));
    if (ms > 0) passed += `M${x} ${HEIGHT}v-${height}`;
    else failed += `M${x - 1.5} ${HEIGHT - 0.5}v-${HEIGHT - 1}h3v${HEIGHT - 1}z`;
  }
  const picture = `${passed && `<path class="passed" d="${passed}"/>`}${
    failed && `<path class="failed" d="${failed}"/>`
  }`;
  const size = `viewBox="0 0 ${HISTORY_LENGTH * STEP - STEP + WIDTH} ${HEIGHT}"`;
  // Where there is less room, the newest are shown, as large as elsewhere.
  return `<svg class="history" ${size} preserveAspectRatio="xMaxYMax slice" role="img" aria-label="${
    inWords(runs)
  }">${picture}</svg>`;
}

/** e.g. `the last 20 runs: 2 failed, 12 to 80 ms` */
function inWords(runs: readonly number[]): string {
  const failed = runs.filter((ms) => ms < 0).length;
  const durations = runs.map(Math.abs);
  const [least, most] = [Math.min(...durations), Math.max(...durations)];
  const range = least === most ? `${most} ms` : `${least} to ${most} ms`;
  const which = runs.length === 1 ? "the only run" : `the last ${runs.length} runs`;
  return `${which}: ${failed === 0 ? "none" : failed} failed, ${range}`;
}
