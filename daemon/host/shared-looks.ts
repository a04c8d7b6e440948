import { oncePerTurn } from './once-per-turn.ts';
import type { RunTool, ToolResult } from './run-tool.ts';

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
}

/** Starts one process where several look at the same in one turn of the event loop. Whatever is no look is run at once. */
export const sharingLooks = (run: RunTool): RunTool => {
  const look = oncePerTurn<Command, ToolResult>(
    (command) => JSON.stringify(command),
    (asked) => {
      for (const { question, answer } of asked) {
        const { program, args, input } = question;
        run(program, args, { input }).then(answer.resolve, answer.reject);
      }
    },
  );
  return (program, args, options = {}) =>
    options.isLook === true ? look({ program, args, input: options.input ?? '' }) : run(program, args, options);
};
