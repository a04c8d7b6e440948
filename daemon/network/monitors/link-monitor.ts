import type { MonitoredProgram } from './program-monitor.ts';

/** Interfaces, addresses and routes, of every family. Its text tells that something was changed, and is not read further. */
export const linkMonitor: MonitoredProgram = {
  kind: 'links',
  program: 'ip',
  args: ['monitor', 'link', 'address', 'route'],
};
