/** The terminal of whoever typed a command; a running service does without. */
export interface Terminal {
  /** Whether a person reads it. */
  readonly isTerminal: (stream: "stdout" | "stderr") => boolean;
  /** Of the terminal on standard output; 80 where there is none. */
  columns(): number;
  rows(): number;
  /** Calls `handler` when the terminal has another size. */
  onResize(handler: () => void): void;
}
