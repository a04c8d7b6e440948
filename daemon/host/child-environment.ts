/** What systemd hands to the daemon alone: a child that saw it could speak in the daemon's name or take its sockets. */
const PRIVATE = ['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PID'];

/** The environment for a child of the daemon. */
export const childEnvironment = (own: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(own).filter(([name]) => !PRIVATE.includes(name)));
