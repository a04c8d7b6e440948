import { isatty } from 'node:tty';
import { EXIT } from './commands/exit-code.ts';
import type { Io } from './commands/io.ts';
import { runCommand } from './commands/program.ts';
import { systemCodeOf } from './errors.ts';

// Streams are opened when they are used: each costs a millisecond.
const io: Io = {
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  out: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(text),
  isTerminal: isatty(1),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

const args = process.argv.slice(2);

// The daemon ends in its own way; every other command may end anywhere.
if (!args.includes('run')) {
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error) => process.exit(systemCodeOf(error) === 'EPIPE' ? EXIT.ok : EXIT.failure));
}

void runCommand(args, io);
