import { portName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

export const checkPortNumber = (port: number, at: Field, issues: Issues): void => {
  if (port < 1 || port > 65535) issues.invalid(at, port, 'is no port: it must be between 1 and 65535');
};

/** A port by number, or by the name that a container gave it. */
export const checkPortReference = (port: number | string | undefined, at: Field, issues: Issues): void => {
  if (typeof port === 'string') issues.form(at, port, portName);
  else checkPortNumber(port ?? 0, at, issues);
};

export const checkContainerPorts = (ports: readonly Draft<'ContainerPort'>[], at: Field, issues: Issues): void => {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const here = at.index(i);
    if (port.name) {
      if (names.has(port.name)) issues.duplicate(here.child('name'), port.name);
      else issues.form(here.child('name'), port.name, portName);
      if (portName(port.name) === undefined) names.add(port.name);
    }
    if (!port.containerPort) issues.required(here.child('containerPort'));
    else checkPortNumber(port.containerPort, here.child('containerPort'), issues);
    if (port.hostPort) checkPortNumber(port.hostPort, here.child('hostPort'), issues);
    if (!protocols.includes(port.protocol ?? '')) issues.notOneOf(here.child('protocol'), port.protocol, protocols);
  }
};

/** No two ports of these containers may be the same port of the host. */
export const checkHostPorts = (containers: readonly Draft<'Container'>[], at: Field, issues: Issues): void => {
  const taken = new Set<string>();
  for (const [i, container] of containers.entries()) {
    for (const [j, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) issues.duplicate(at.index(i).child('ports').index(j).child('hostPort'), key);
      taken.add(key);
    }
  }
};

/** On the host's network the container's port is the host's. */
export const checkHostNetworkPorts = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  if (spec.hostNetwork !== true) return;
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [j, port] of (container.ports ?? []).entries()) {
      const where = at.child('containers').index(i).child('ports').index(j).child('hostPort');
      if (port.hostPort && port.hostPort !== port.containerPort)
        issues.invalid(where, port.hostPort, 'must equal containerPort in a pod on the host network');
    }
  }
};
