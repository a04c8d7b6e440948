import { dnsLabel, dnsSubdomain, type Format } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { SourceRules } from './volume-rules.ts';

/** `required(at, issues, { server, path })`: each of these must not be empty. */
const required = (at: Field, issues: Issues, fields: Readonly<Record<string, string | undefined>>): void => {
  for (const [name, value] of Object.entries(fields)) if (!value) issues.required(at.child(name));
};

const partition = (value: number | undefined, at: Field, issues: Issues): void => {
  if (value !== undefined && (value < 0 || value > 255))
    issues.invalid(at.child('partition'), value, 'must be between 0 and 255');
};

const secretRef = (ref: { name?: string } | undefined, at: Field, issues: Issues): void => {
  if (ref && !ref.name) issues.required(at.child('secretRef', 'name'));
};

/** Far above the 223 bytes of the RFC; bounds the search for an iqn in the middle. */
const maxIscsiName = 10_000;

/** The names of iSCSI nodes (RFC 3721). As in Kubernetes, an iqn may have something in its middle. */
const iscsiName: Format = (value) => {
  if (value.length > maxIscsiName) return 'is too long for an iSCSI name';
  const good =
    (value.startsWith('iqn') && /iqn\.\d{4}-\d{2}\.[0-9A-Za-z.-]+:[^,;*&$|\s]+$/.test(value)) ||
    /^(eui.[0-9A-Za-z]{16}|naa.[0-9A-Za-z]{32})$/.test(value);
  return good ? undefined : 'must be an iSCSI name that starts with iqn, eui or naa';
};

const hostAndPort: Format = (value) => {
  const isPair = (pair: string) => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair);
  return value.split(',').every(isPair) ? undefined : 'must be HOST:PORT, or several with commas between them';
};

const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];

/** What each kind of network volume needs (k8s.io/kubernetes, pkg/apis/core/validation). */
export const networkVolumes: SourceRules = {
  nfs: ({ server, path }, at, issues) => {
    required(at, issues, { server, path });
    if (path && !path.startsWith('/')) issues.invalid(at.child('path'), path, 'must be an absolute path');
  },
  iscsi: ({ targetPortal, iqn, lun = 0, initiatorName, ...iscsi }, at, issues) => {
    required(at, issues, { targetPortal, iqn });
    if (iqn) issues.form(at.child('iqn'), iqn, iscsiName);
    if (lun < 0 || lun > 255) issues.invalid(at.child('lun'), lun, 'must be between 0 and 255');
    if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) issues.required(at.child('secretRef'));
    if (initiatorName !== undefined) issues.form(at.child('initiatorname'), initiatorName, iscsiName);
  },
  fc: ({ targetWWNs = [], wwids = [], lun }, at, issues) => {
    if (targetWWNs.length === 0 && wwids.length === 0)
      issues.required(at.child('targetWWNs'), 'must be given, or wwids');
    if (targetWWNs.length > 0 && wwids.length > 0)
      issues.invalid(at.child('targetWWNs'), targetWWNs, 'cannot stand beside wwids');
    if (targetWWNs.length === 0) return;
    if (lun === undefined) issues.required(at.child('lun'), 'must be given with targetWWNs');
    else if (lun < 0 || lun > 255) issues.invalid(at.child('lun'), lun, 'must be between 0 and 255');
  },
  gcePersistentDisk: (disk, at, issues) => {
    required(at, issues, { pdName: disk.pdName });
    partition(disk.partition, at, issues);
  },
  awsElasticBlockStore: (disk, at, issues) => {
    required(at, issues, { volumeID: disk.volumeID });
    partition(disk.partition, at, issues);
  },
  glusterfs: ({ endpoints, path }, at, issues) => required(at, issues, { endpoints, path }),
  flocker: ({ datasetName = '', datasetUUID = '' }, at, issues) => {
    if (datasetName === '' && datasetUUID === '') issues.required(at, 'needs datasetName or datasetUUID');
    if (datasetName !== '' && datasetUUID !== '') issues.invalid(at, datasetName, 'cannot stand beside datasetUUID');
    if (datasetName.includes('/')) issues.invalid(at.child('datasetName'), datasetName, "must not contain '/'");
  },
  rbd: ({ monitors = [], image }, at, issues) => {
    if (monitors.length === 0) issues.required(at.child('monitors'));
    required(at, issues, { image });
  },
  cinder: (cinder, at, issues) => {
    required(at, issues, { volumeID: cinder.volumeID });
    secretRef(cinder.secretRef, at, issues);
  },
  cephfs: ({ monitors = [] }, at, issues) => {
    if (monitors.length === 0) issues.required(at.child('monitors'));
  },
  quobyte: ({ registry, tenant = '', volume }, at, issues) => {
    required(at, issues, { registry, volume });
    if (!registry) return;
    if (tenant.length > 64) issues.required(at.child('tenant'), 'must be a UUID of at most 64 characters');
    else issues.form(at.child('registry'), registry, hostAndPort);
  },
  flexVolume: ({ driver, options = {} }, at, issues) => {
    required(at, issues, { driver });
    for (const key of Object.keys(options)) {
      if (/\.(kubernetes|k8s)\.io$/.test(`.${key.split('/')[0]?.toLowerCase()}`))
        issues.invalid(at.child('options').key(key), key, "is in a domain of Kubernetes' own");
    }
  },
  azureFile: ({ secretName, shareName }, at, issues) => required(at, issues, { secretName, shareName }),
  azureDisk: ({ diskName, diskURI, cachingMode, kind = '' }, at, issues) => {
    required(at, issues, { diskName, diskURI });
    if (!cachingModes.includes(cachingMode ?? '')) issues.notOneOf(at.child('cachingMode'), cachingMode, cachingModes);
    if (!diskKinds.includes(kind)) issues.notOneOf(at.child('kind'), kind, diskKinds);
    const prefix = kind === 'Managed' ? '/subscriptions/' : 'https://';
    if (!diskURI?.startsWith(prefix))
      issues.invalid(at.child('diskURI'), diskURI, `must start with ${prefix} for this kind of disk`);
  },
  vsphereVolume: ({ volumePath }, at, issues) => required(at, issues, { volumePath }),
  photonPersistentDisk: ({ pdID }, at, issues) => required(at, issues, { pdID }),
  portworxVolume: ({ volumeID }, at, issues) => required(at, issues, { volumeID }),
  storageos: ({ volumeName, volumeNamespace, ...storage }, at, issues) => {
    required(at, issues, { volumeName });
    if (volumeName) issues.form(at.child('volumeName'), volumeName, dnsLabel);
    if (volumeNamespace) issues.form(at.child('volumeNamespace'), volumeNamespace, dnsLabel);
    secretRef(storage.secretRef, at, issues);
  },
  scaleIO: ({ gateway, system, volumeName }, at, issues) => required(at, issues, { gateway, system, volumeName }),
  csi: ({ driver, nodePublishSecretRef }, at, issues) => {
    required(at, issues, { driver });
    if (driver && driver.length > 63) issues.invalid(at.child('driver'), driver, 'is longer than 63 characters');
    if (driver) issues.form(at.child('driver'), driver.toLowerCase(), dnsSubdomain);
    if (nodePublishSecretRef?.name) issues.form(at.child('name'), nodePublishSecretRef.name, dnsSubdomain);
    else if (nodePublishSecretRef) issues.required(at.child('nodePublishSecretRef', 'name'));
  },
};
