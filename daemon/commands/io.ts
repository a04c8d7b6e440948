/** What a command may use of the world around it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  /** Results. */
  out(text: string): void;
  /** Progress and hints. */
  note(text: string): void;
  /** The person's terminal, where both input and results are on one. */
  readonly terminal?: Terminal | undefined;
  /** Whether results go to a person's terminal. */
  readonly isTerminal: boolean;
  /** From here on SIGINT is the command's own matter; until then it ends the process. */
  ownInterrupt(): void;
  /** What the process will exit with; 0 unless set. */
  setExitCode(code: number): void;
}

export interface Terminal {
  /**
   * Hands every key to the command as it is pressed, also Ctrl-C. `onSize` is told the size, now and whenever it changes.
   * The returned function gives the terminal back.
   */
  takeOver(onSize: (size: { readonly columns: number; readonly rows: number }) => void): () => void;
}
