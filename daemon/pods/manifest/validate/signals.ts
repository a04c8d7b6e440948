const realTime = (name: string, sign: string, last: number) =>
  Array.from({ length: last }, (_, i) => `${name}${sign}${i + 1}`);

const linux = [
  ...[
    'ABRT',
    'ALRM',
    'BUS',
    'CHLD',
    'CLD',
    'CONT',
    'FPE',
    'HUP',
    'ILL',
    'INT',
    'IO',
    'IOT',
    'KILL',
    'PIPE',
    'POLL',
    'PROF',
  ],
  ...['PWR', 'QUIT', 'SEGV', 'STKFLT', 'STOP', 'SYS', 'TERM', 'TRAP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'USR1', 'USR2'],
  ...[
    'VTALRM',
    'WINCH',
    'XCPU',
    'XFSZ',
    'RTMIN',
    'RTMAX',
    ...realTime('RTMIN', '+', 15),
    ...realTime('RTMAX', '-', 14),
  ],
].map((name) => `SIG${name}`);

/** What a container's stopSignal may be, by the pod's operating system. */
export const stopSignals: Readonly<Record<string, readonly string[]>> = { linux, windows: ['SIGKILL', 'SIGTERM'] };
