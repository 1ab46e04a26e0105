/** What only the commands for people ask of the operating system; the running service does without. */

/** How a program ended, and what it said. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Tools {
  /** Whether a person reads it. */
  readonly isTerminal: (stream: "stdout" | "stderr") => boolean;
  /** Of the terminal on standard output; 80 where there is none. */
  columns(): number;
  rows(): number;
  /** Undefined where there is no such program, or it takes longer than `timeoutMs`. */
  runProgram(argv: readonly string[], options?: { readonly timeoutMs?: number }): Promise<
    ProgramResult | undefined
  >;
  /** The names in a folder; none if it can not be read. */
  listFolder(path: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** Calls `handler` when the terminal has another size. */
  onResize(handler: () => void): void;
}
