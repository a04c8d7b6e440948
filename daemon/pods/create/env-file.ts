import { BootletError } from '../../errors.ts';

const broken = (message: string): BootletError => new BootletError('E_CONTAINER_CONFIG', message);

/** The longest line that the kubelet's scanner takes, bytes. */
const LONGEST_LINE = 64 * 1024;

/**
 * The value of a key in an env file; empty where there is none. Each line is `NAME='value'`, a comment or blank; a value
 * may go on over lines. Space after `=` makes the value empty, as in a shell. What comes after the key is not looked at
 * (pkg/kubelet/util/env ParseEnv).
 * @throws BootletError E_CONTAINER_CONFIG where a line breaks the format
 */
export const valueInEnvFile = (text: string, key: string): string => {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  for (let at = 0; at < lines.length; at++) {
    const line = takeLine(lines, at).replace(/^[ \t]+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', rest = ''] = /^([^=]*)=(.*)$/s.exec(line) ?? [];
    if (!line.includes('=')) throw broken(`line ${at + 1} has no =`);
    if (name === '') throw broken(`line ${at + 1} has no name before the =`);
    if (/[ \t]$/.test(name)) throw broken(`line ${at + 1} has space before the =`);
    if (/^[ \t]/.test(rest)) {
      if (name === key) return '';
      continue;
    }
    if (!rest.startsWith("'")) throw broken(`line ${at + 1}: the value must be in single quotes`);
    const begin = at;
    const value: string[] = [];
    let last = rest.slice(1);
    while (!last.includes("'")) {
      value.push(last);
      at += 1;
      if (at >= lines.length) throw broken(`the single quote of line ${begin + 1} is not closed`);
      last = takeLine(lines, at);
    }
    const end = last.indexOf("'");
    if (!/^[ \t]*(#|$)/.test(last.slice(end + 1))) throw broken(`line ${at + 1} goes on after the closing quote`);
    if (name === key) return [...value, last.slice(0, end)].join('\n');
  }
  return '';
};

const takeLine = (lines: readonly string[], at: number): string => {
  const line = lines[at] ?? '';
  if (Buffer.byteLength(line) >= LONGEST_LINE) throw broken(`line ${at + 1} is too long`);
  return line;
};
