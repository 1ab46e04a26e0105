/** What the demo shows: one line an event, with the time, who speaks, and what. Colours on a terminal only. */

export type Speaker = "demo" | "systemd" | "journal";

/** How a line is meant; on a terminal, its colour. */
export type Tone = "plain" | "quiet" | "good" | "bad" | "strong";

const SGR: Readonly<Record<Tone | Speaker, string>> = {
  plain: "0",
  quiet: "2",
  good: "32",
  bad: "33",
  strong: "1",
  demo: "36",
  systemd: "35",
  journal: "34",
};

const LABELS: Readonly<Record<Speaker, string>> = {
  demo: "demo     ",
  systemd: "systemd ←",
  journal: "journal  ",
};

/** Time and speaker, with the blanks behind each. */
const HEAD_COLUMNS = 21;

/** Writes to stdout; times count from the first event. */
export class Timeline {
  readonly #colors = Deno.stdout.isTerminal() && Deno.env.get("NO_COLOR") === undefined;
  #startMs: number | undefined;

  /** A line outside the timeline. */
  text(line: string, tone: Tone = "plain"): void {
    this.#write(this.#paint(line, tone));
  }

  /** `  1.234  systemd ←  READY=1`. */
  event(speaker: Speaker, text: string, tone: Tone = "plain"): void {
    const nowMs = performance.now();
    this.#startMs ??= nowMs;
    const seconds = ((nowMs - this.#startMs) / 1000).toFixed(3).padStart(8);
    const head = `${this.#paint(seconds, "quiet")}  ${this.#paint(LABELS[speaker], speaker)}`;
    this.#write(`${head}  ${this.#paint(fitted(text), tone)}`);
  }

  #paint(text: string, as: Tone | Speaker): string {
    return this.#colors && as !== "plain" ? `\x1b[${SGR[as]}m${text}\x1b[0m` : text;
  }

  #write(line: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  }
}

/** One line an event: on a terminal, what would not fit is left out. */
function fitted(text: string): string {
  if (!Deno.stdout.isTerminal()) return text;
  const columns = Deno.consoleSize().columns - HEAD_COLUMNS;
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
