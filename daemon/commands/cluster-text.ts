import type { ClusterStatus } from '../api/cluster.ts';
import type { Row } from './columns.ts';

const SESSION = {
  answers: 'answers',
  away: 'does not answer',
  unknown: 'was not asked yet',
  refused: "does not know this host's identity",
} as const;

/** The host and its cluster at a glance, a line for each thing that there is. @param now ms since the epoch */
export const clusterFacts = async (cluster: ClusterStatus, now: number): Promise<readonly Row[]> => {
  const { ageOf } = await import('../api/age.ts');
  const { join, session, registration, unschedulable, leaseRenewedAt, credentials } = cluster;
  const { certificate, token } = credentials ?? {};
  const node = [registration === undefined ? '' : registration.state, unschedulable === true ? 'cordoned' : ''];
  return [
    ['Cluster:', session === undefined ? joinText(join) : `${session.server} ${SESSION[session.state]}`],
    ...(registration === undefined ? [] : [['In it:', node.filter((word) => word !== '').join(', ')]]),
    ...(leaseRenewedAt === undefined ? [] : [['Lease:', `renewed ${ageOf(leaseRenewedAt, now)} ago`]]),
    ...(certificate === undefined ? [] : [['Certificate:', certificateText(certificate)]]),
    ...(token === undefined
      ? []
      : [['Token:', 'fault' in token ? token.fault : `${token.id}, put there ${ageOf(token.writtenAt, now)} ago`]]),
  ];
};

const joinText = (join: ClusterStatus['join']): string =>
  join === undefined || join.state === 'joined' ? 'not asked yet' : `${join.state}: ${join.reason}`;

const certificateText = ({
  notAfter,
  rotateAt,
}: NonNullable<NonNullable<ClusterStatus['credentials']>['certificate']>): string =>
  `until ${notAfter}${rotateAt === undefined ? '' : `, to be replaced at ${rotateAt}`}`;
