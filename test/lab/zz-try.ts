import { startDockerd } from './dockerd.ts';

const fns: (() => unknown)[] = [];
const scope = {
  teardown: (f: () => unknown) => {
    fns.unshift(f);
  },
};
const t0 = Date.now();
const lap = (s: string) => console.log(s, Date.now() - t0);
try {
  const ds = await Promise.all([startDockerd(scope), startDockerd(scope, { network: 'own' })]);
  lap('up');
  for (const d of ds) console.log(d.pid(), await d.engine.list());
  await ds[0].restart();
  lap('restart');
  await ds[0].kill();
  lap('kill');
} finally {
  for (const f of fns) await f();
}
lap('down');
