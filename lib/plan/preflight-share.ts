/** What the shares themselves answered, and what it means for a job. */
import type { Finding, ShareFacts } from '../model/index.ts';
import { inWords } from './preflight-schedule.ts';

const snapshotLimit = 200;
const snapshotWarning = 180;
/** SharedKey requests are refused at 15 minutes; leases and the comparison of clocks suffer long before. */
const mostSkewMs = 15 * 60_000;
const noticedSkewMs = 30_000;
/** `farshare_format` of the restore points that this version writes and reads. */
const knownFormat = 1;

const at = ({ role, account, share }: ShareFacts): string => `the ${role} share ${account}/${share}`;

const roleOf: Readonly<Record<ShareFacts['role'], string>> = {
  source: 'Storage File Data Privileged Reader',
  destination: 'Storage File Data Privileged Contributor',
};

export function judgeShare(facts: ShareFacts): readonly Finding[] {
  if (facts.state === 'unreachable' || facts.state === 'refused') return [unanswered(facts)];
  return facts.state === 'missing' ? [missing(facts)] : [...clock(facts), ...contents(facts)];
}

function unanswered(facts: ShareFacts): Finding {
  const { state, account, operation, errorCode, errorMessage } = facts;
  const said = `${operation}: ${errorCode}${errorMessage === '' ? '' : `, ${errorMessage}`}`;
  if (state === 'unreachable' && /credential|authentication failed/iu.test(errorMessage)) {
    const message = `Nobody is signed in to account ${account} (${said}): no run can work.`;
    const fix = 'az login; for the app: an identity, named by AzureWebJobsStorage__clientId.';
    return { severity: 'error', code: 'NotSignedIn', message, fix };
  }
  if (state === 'unreachable') {
    const message = `No answer from ${at(facts)} (${said}): no run can work.`;
    const fix = `nslookup the host of accounts.${account}; a private endpoint needs its DNS zone, a closed account needs one.`;
    return { severity: 'error', code: 'AccountUnreachable', message, fix };
  }
  const refused = (code: string, why: string, fix: string): Finding => ({
    severity: 'error',
    code,
    message: `Refused by ${at(facts)} (${said}): ${why}`,
    fix,
  });
  // The service's word for a firewall; a missing role is AuthorizationPermissionMismatch.
  if (errorCode === 'AuthorizationFailure' || errorCode === 'AuthorizationSourceIPMismatch') {
    const fix =
      'az storage account network-rule add --account-name ACCOUNT --ip-address YOUR_ADDRESS, or run it inside the network.';
    return refused('FirewallRefused', 'a firewall of the account, or the range of a SAS, keeps this machine out.', fix);
  }
  if (errorCode === 'AuthorizationPermissionMismatch') {
    const fix = `az role assignment create --role "${roleOf[facts.role]}" --scope RESOURCE_ID --assignee PRINCIPAL_ID`;
    return refused('RolesMissing', 'the signed-in identity, or the SAS, has no right to do this.', fix);
  }
  if (/Version|InvalidHeaderValue/u.test(errorCode)) {
    const fix = 'Use an account of the public service; an emulator needs to be as new as this version of Farshare.';
    return refused('VersionRefused', 'it does not know the version of the service that Farshare speaks.', fix);
  }
  const fix = `az login; check "sas" or "connectionString" of accounts.${account}; share soft delete shows shares that are gone.`;
  return refused('AccessRefused', 'every run would be refused as well.', fix);
}

function missing(facts: ShareFacts): Finding {
  const create = `az storage share-rm create --storage-account ACCOUNT --name ${facts.share} --quota GIB`;
  if (facts.role === 'source') {
    const message = `There is no share ${facts.account}/${facts.share}, which is to be backed up.`;
    return { severity: 'error', code: 'SourceMissing', message, fix: `Correct "source.share", or: ${create}` };
  }
  const message = `There is no share ${facts.account}/${facts.share} yet: the first run makes it, with the source’s quota.`;
  return { severity: 'info', code: 'DestinationMissing', message, fix: `None needed; for another quota: ${create}` };
}

function clock(facts: ShareFacts): readonly Finding[] {
  const { skewMs } = facts;
  if (skewMs === undefined || Math.abs(skewMs) < noticedSkewMs) return [];
  const [severity, effect] =
    Math.abs(skewMs) >= mostSkewMs
      ? (['error', 'requests are refused, and new files are taken for old ones'] as const)
      : (['warning', 'leases and signatures lose that much of their life'] as const);
  const message = `This machine’s clock is ${inWords(Math.abs(skewMs))} ${skewMs > 0 ? 'behind' : 'ahead of'} that of account ${facts.account}: ${effect}.`;
  return [{ severity, code: 'ClockSkew', message, fix: 'timedatectl set-ntp true (Windows: w32tm /resync)' }];
}

function contents(facts: ShareFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (facts.protocol !== 'SMB') {
    const message = `NFS: ${at(facts)} speaks ${facts.protocol}. Its owners, modes, links and case-sensitive names have no place in what Farshare compares and copies, so that a backup would not be whole: runs refuse it.`;
    const fix = 'Back it up with a tool for NFS, or move the files to an SMB share.';
    findings.push({ severity: 'error', code: 'ProtocolNotSupported', message, fix });
  }
  if (facts.pointFormat > knownFormat) {
    const message = `Restore points in ${at(facts)} have format ${facts.pointFormat}; this version knows ${knownFormat}: it might misread or prune them.`;
    findings.push({
      severity: 'error',
      code: 'NewerFormat',
      message,
      fix: 'Deploy the version of Farshare that made them, or a later one.',
    });
  }
  if (!facts.hasPath && facts.role === 'source') {
    const message = `There is no directory ${facts.path} in ${at(facts)}: nothing would be backed up, and a later run would find everything deleted.`;
    findings.push({ severity: 'error', code: 'SourceMissing', message, fix: 'Correct "source.path".' });
  }
  return [...findings, ...snapshotFindings(facts)];
}

function snapshotFindings(facts: ShareFacts): readonly Finding[] {
  const { snapshots, foreignSnapshots } = facts;
  if (snapshots < snapshotWarning) return [];
  const foreign = foreignSnapshots === 0 ? '' : `, ${foreignSnapshots} of them not this job’s`;
  const message = `There are ${snapshots} snapshots of ${snapshotLimit} in ${at(facts)}${foreign}: at ${snapshotLimit} a run fails before it copies.`;
  const severity = snapshots >= snapshotLimit ? 'error' : 'warning';
  return [
    {
      severity,
      code: 'SnapshotsMany',
      message,
      fix: 'farshare prune JOB; for those of others: az storage share-rm delete --snapshot TIME',
    },
  ];
}
