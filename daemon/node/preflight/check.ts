/** What one look before the start came to. */
export interface PreflightCheck {
  /** CamelCase; what `--ignore` takes. */
  readonly name: string;
  /** What it is about, where there are several: a server. '' for the host. */
  readonly subject: string;
  /** `warning`: it works without it, or it may come. */
  readonly result: 'passed' | 'warning' | 'failed';
  readonly message: string;
  /** What to do; '' for what passed. */
  readonly fix: string;
}

/** Of the host itself. */
export const hostCheck = (name: string, verdict: Omit<PreflightCheck, 'name' | 'subject'>): PreflightCheck => ({
  name,
  subject: '',
  ...verdict,
});

export const passed = (message: string) => ({ result: 'passed', message, fix: '' }) as const;
export const warning = (message: string, fix: string) => ({ result: 'warning', message, fix }) as const;
export const failed = (message: string, fix: string) => ({ result: 'failed', message, fix }) as const;
