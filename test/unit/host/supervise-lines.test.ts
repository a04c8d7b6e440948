import { type Test, test } from 'tap';
import { lineSupervisor, type SupervisedProgram } from '../../../daemon/host/supervise-lines.ts';
import { systemClock } from '../../../daemon/reconcile/clock.ts';
import { until } from '../../lab/until.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Supervises a program and keeps what is heard of it. */
const supervised = (t: Test, argv: readonly string[], clock = new FakeClock()) => {
  const [program = '', ...args] = argv;
  const heard: string[] = [];
  const supervise = lineSupervisor({ environment: process.env, clock, random: () => 0.5 });
  const running: SupervisedProgram = supervise(program, args, {
    onLine: (line) => heard.push(line),
    onUp: () => heard.push('UP'),
    onDown: ({ message }) => heard.push(`DOWN ${message}`),
  });
  t.teardown(() => running.stop());
  const hears = (count: number) => until(() => heard.length >= count, { what: `${count} things heard` });
  return { heard, hears, running, clock };
};

const node = (script: string): readonly string[] => [process.execPath, '-e', script];

test('lines of both streams are heard, and why the program ended', async (t) => {
  const { heard, hears } = supervised(t, node(`console.log('one\\ntwo'); console.error('lost'); process.exitCode = 3`));
  await hears(4);
  t.same(heard.slice(0, 3).toSorted(), ['lost', 'one', 'two']);
  t.match(heard[3], /^DOWN .*: lost$/);
});

test('a line has no more than 16 KiB, however it comes', async (t) => {
  const { heard, hears } = supervised(t, node(`console.log('x'.repeat(200_000)); console.log('next')`));
  await hears(2);
  t.same(heard.slice(0, 2), ['x'.repeat(16 * 1024), 'next']);
});

test('a program that ends is started again, after ever longer pauses', async (t) => {
  const { heard, hears, clock } = supervised(t, ['false']);
  await hears(1);
  await clock.advance(149);
  t.equal(heard.length, 1);
  await clock.advance(1);
  await hears(2);
  await clock.advance(299);
  t.equal(heard.length, 2);
  await clock.advance(1);
  await hears(3);
  t.match(heard[2], 'false: exit code 1');
});

test('a program that is not there is waited for', async (t) => {
  const { heard, hears, clock } = supervised(t, ['no-such-program', 'monitor']);
  await hears(1);
  await clock.advance(150);
  await hears(2);
  t.same(heard, Array(2).fill('DOWN no-such-program monitor: there is no no-such-program'));
});

test('a program that runs has come up, and is gone once it is stopped', async (t) => {
  const { heard, hears, running } = supervised(t, node('console.log(process.pid); setInterval(() => {}, 1000)'));
  await hears(1);
  const pid = Number(heard[0]);
  await running.stop();
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  t.equal(heard.length, 1, 'its end is nothing that is told');
});

test('each start is followed by word that it listens', async (t) => {
  const { heard, hears, clock } = supervised(t, ['sleep', '1000']);
  await clock.advance(499);
  t.same(heard, []);
  await clock.advance(1);
  await hears(1);
  t.same(heard, ['UP']);
});

test('one that was stopped while it waited is not started again', async (t) => {
  const heard: string[] = [];
  const supervise = lineSupervisor({ environment: process.env, clock: systemClock, random: () => 0.5 });
  const ended = Promise.withResolvers<void>();
  const running = supervise('false', [], {
    onLine: (line) => heard.push(line),
    onUp: () => heard.push('UP'),
    onDown: () => ended.resolve(),
  });
  await ended.promise;
  await running.stop();
  t.same(heard, []);
});
