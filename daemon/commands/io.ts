/** What a command may use of the world around it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  /** Results. */
  out(text: string): void;
  /** Progress and hints. */
  note(text: string): void;
  /** Whether results go to a person's terminal. */
  readonly isTerminal: boolean;
  /** What the process will exit with; 0 unless set. */
  setExitCode(code: number): void;
}
