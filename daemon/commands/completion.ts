import { Argument, type Command } from 'commander';
import type { Io } from './io.ts';

export const addCompletion = (program: Command, io: Io): void => {
  program
    .command('completion')
    .description('print a completion script, to be sourced by the shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .action((shell: string) => io.out(shell === 'zsh' ? `${ZSH}${script(program)}` : script(program)));
};

const ZSH = 'autoload -U +X bashcompinit && bashcompinit\n';

/** Those that are for people. */
const childrenOf = (command: Command): readonly Command[] => command.createHelp().visibleCommands(command);

const wordsOf = (command: Command): readonly string[] => [
  ...childrenOf(command).map((child) => child.name()),
  ...command.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : [])),
];

/** One case for each command with the words that may follow; after those, files. */
const casesOf = (command: Command, path: string): readonly string[] => [
  `    '${path}') words='${wordsOf(command).join(' ')}' ;;`,
  ...childrenOf(command).flatMap((child) => casesOf(child, `${path} ${child.name()}`.trim())),
];

const script = (program: Command): string => `_bootlet() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${casesOf(program, '').join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _bootlet bootlet
`;
