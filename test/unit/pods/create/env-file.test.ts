import { test } from 'tap';
import { valueInEnvFile } from '../../../../daemon/pods/create/env-file.ts';

test('a value stands in single quotes and is taken as it is', async (t) => {
  const text = "# a comment\n\n  ONE='$x \"y\" \\n' # more\nTWO='a\nb\n'\r\nTHREE=''\n";
  t.equal(valueInEnvFile(text, 'ONE'), '$x "y" \\n');
  t.equal(valueInEnvFile(text, 'TWO'), 'a\nb\n');
  t.equal(valueInEnvFile(text, 'THREE'), '');
  t.equal(valueInEnvFile(text, 'FOUR'), '');
});

test('space after the = makes the value empty', async (t) => {
  t.equal(valueInEnvFile("A= 'x'\nA='y'\n", 'A'), '');
  t.equal(valueInEnvFile("A= 'x'\nB='y'\n", 'B'), 'y');
});

test('a broken line is an error, unless the key comes before it', async (t) => {
  const broken = ['A', "='x'", "A ='x'", 'A=x', 'A=', 'A="x"', "A='x", "A='x'y", `A='${'x'.repeat(70_000)}'`];
  for (const line of broken)
    t.throws(() => valueInEnvFile(`${line}\n`, 'B'), { code: 'E_CONTAINER_CONFIG' }, line.slice(0, 9));
  t.equal(valueInEnvFile("B='ok'\nbroken\n", 'B'), 'ok');
});
