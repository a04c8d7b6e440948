declare const BOOTLET_VERSION: string | undefined;

/** bootlet's version, put in by the build from package.json; `dev` when the sources run as they are. */
export const version = typeof BOOTLET_VERSION === 'string' ? BOOTLET_VERSION : 'dev';
