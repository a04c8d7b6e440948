import type { Apiserver } from '../node/apiserver/apiserver.ts';
import { leaseController } from '../node/lease/lease-controller.ts';
import type { NodeMeters } from '../node/meters.ts';
import { nodeNewsController } from '../node/registration/node-news.ts';
import { nodeWatch } from '../node/registration/node-watch.ts';
import { registrationController } from '../node/registration/registration.ts';
import { clusterNodeType } from '../node/resources.ts';
import { hardwareController } from '../node/status/hardware.ts';
import { imagesController } from '../node/status/images-controller.ts';
import { type HostParts, statusInputsOf } from '../node/status/inputs.ts';
import { statusController } from '../node/status/status-controller.ts';
import type { Reader } from '../reconcile/store.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import type { AdmissionParts } from './admission.ts';
import type { Foundation } from './foundation.ts';

export interface RegistrationNeeds {
  readonly apiserver: Apiserver;
  readonly host: HostParts;
  readonly runtime: Pick<ContainerRuntime, 'images'>;
  readonly meters: Pick<NodeMeters, 'leaseFailures'>;
  readonly labels: Pick<AdmissionParts['labels'], 'see'>;
}

/**
 * The Node of this host: made, kept alive, told how the host is, and followed in what the cluster says by it. Gives the
 * watch, to be started with the engine and stopped with it.
 */
export const buildRegistration = (foundation: Foundation, needs: RegistrationNeeds) => {
  const { config, store, engine, events, clock, random, log, stopping } = foundation;
  const { apiserver, host, runtime, meters, labels } = needs;
  const { facts } = host;
  const { nodeName, cluster } = config;
  const base = { nodeName, apiserver, clock, random, events };
  const statusInputs = (reader: Reader) => statusInputsOf(reader, host);

  engine.add(nodeNewsController({ seeLabels: (onNode) => labels.see(onNode), events }));
  engine.add(registrationController({ ...base, config, register: cluster.register, facts, statusInputs }));
  engine.add(leaseController({ ...base, bootID: facts.bootID, failures: meters.leaseFailures, stopping }));
  engine.add(statusController({ ...base, architecture: facts.architecture, statusInputs }));
  engine.add(imagesController({ nodeName, runtime, clock }));
  engine.add(hardwareController({ clock }));
  return { watch: nodeWatch({ ...base, store, nodes: store.claim(clusterNodeType, 'node-watch'), log }) };
};
