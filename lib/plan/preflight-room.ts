/** What the shares of one job mean together. */
import type { Finding, JobConfig, ShareFacts } from '../model/index.ts';

const gib = 1024 ** 3;

/** With snapshots made by others, there must be one. */
export function judgeSource(job: JobConfig, source: ShareFacts): readonly Finding[] {
  const needsOne = job.source.snapshots === 'existing' && source.state === 'there';
  if (!needsOne || source.foreignSnapshots > 0) return [];
  const message = `Job ${job.name} backs up snapshots made by others, and ${source.account}/${source.share} has none: its runs fail.`;
  const fix = 'az storage share-rm snapshot --storage-account ACCOUNT --name SHARE; or "source.snapshots": "create".';
  return [{ severity: 'error', code: 'NoSourceSnapshot', message, fix }];
}

/** Whether what the source holds finds room at the destination. */
export function judgeRoom(source: ShareFacts, destination: ShareFacts): readonly Finding[] {
  const { usedBytes } = source;
  if (source.state !== 'there' || destination.state !== 'there' || usedBytes === undefined) return [];
  const usedGib = usedBytes / gib;
  if (usedGib * 1.1 < destination.quotaGib) return [];
  const severity = usedGib > destination.quotaGib ? 'error' : 'warning';
  const message = `The source ${source.account}/${source.share} uses ${Math.ceil(usedGib)} GiB, the quota of ${destination.account}/${destination.share} is ${destination.quotaGib} GiB: copies fail when it is full.`;
  const fix = `az storage share-rm update --storage-account ACCOUNT --name ${destination.share} --quota ${Math.ceil(usedGib * 1.5)}`;
  return [{ severity, code: 'QuotaSmall', message, fix }];
}
