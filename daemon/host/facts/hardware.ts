/** What is known of the machine beside what it tells in files; '' for what is not. */
export interface HostHardware {
  readonly manufacturer: string;
  readonly model: string;
  readonly isVirtual: boolean;
  /** `AMD EPYC` */
  readonly processor: string;
  readonly physicalCores: number;
}

/**
 * Asks systeminformation, which runs /bin/sh: the one exception to *no shell*, so that this is the only place that calls
 * it, and these two are all that is called. It is loaded when it is asked and takes a tenth of a second.
 */
export const readHardware = async (): Promise<HostHardware> => {
  const { system, cpu } = await import('systeminformation');
  const machine = await system();
  const { manufacturer, brand, physicalCores } = await cpu();
  return {
    manufacturer: machine.manufacturer,
    model: machine.model,
    isVirtual: machine.virtual,
    processor: `${manufacturer} ${brand}`.trim(),
    physicalCores,
  };
};
