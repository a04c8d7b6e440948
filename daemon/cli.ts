import { isatty } from 'node:tty';
import { EXIT } from './commands/exit-code.ts';
import type { Io, Terminal } from './commands/io.ts';
import { runCommand } from './commands/program.ts';
import { systemCodeOf } from './errors.ts';

const interrupted = () => process.exit(EXIT.interrupted);
process.once('SIGINT', interrupted);

/** Opened when it is used, as all streams: each costs a millisecond. */
const stdout = (): NodeJS.WriteStream => {
  const stream = process.stdout;
  // A reader that has seen enough (`| head`) is no error.
  const onError = (error: Error) => process.exit(systemCodeOf(error) === 'EPIPE' ? EXIT.ok : EXIT.failure);
  return stream.listenerCount('error') === 0 ? stream.on('error', onError) : stream;
};

const terminal: Terminal = {
  takeOver: (onSize) => {
    const tell = (): void => onSize({ columns: process.stdout.columns, rows: process.stdout.rows });
    process.stdin.setRawMode(true);
    process.stdout.on('resize', tell);
    tell();
    return () => {
      process.stdout.off('resize', tell);
      process.stdin.setRawMode(false);
    };
  },
};

const io: Io = {
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return stdout();
  },
  get terminal() {
    return isatty(0) && isatty(1) ? terminal : undefined;
  },
  out: (text) => void stdout().write(text),
  note: (text) => void process.stderr.write(text),
  isTerminal: isatty(1),
  ownInterrupt: () => void process.off('SIGINT', interrupted),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

void runCommand(process.argv.slice(2), io);
