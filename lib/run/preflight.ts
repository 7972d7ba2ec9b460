/** What would stop backups, or make them worth less, before the first run finds out: `farshare check`. */
import { asFarshareError } from '../errors.ts';
import { type DestinationConfig, emptyTally, type Finding, type JobConfig, type ShareFacts } from '../model/index.ts';
import {
  type AccountInUse,
  judgeAccount,
  judgeJob,
  judgePair,
  judgeRoles,
  judgeRoom,
  judgeSas,
  judgeShare,
  judgeSource,
} from '../plan/index.ts';
import { meterInto, type RunContext } from './context.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { isOurSource } from './prune.ts';
import { isRestorePointOf } from './snapshots.ts';

/** Everything is asked as a run would ask it; nothing is written. Worst first. */
export async function preflight(
  context: RunContext,
  jobs: readonly JobConfig[],
  subscription?: string,
): Promise<readonly Finding[]> {
  const accounts = await accountsInUse(context, jobs, subscription);
  const findings = [...accounts.values()].flatMap((account) => [
    ...judgeAccount(account),
    ...judgeRoles(account),
    ...sasOf(account, context.clock.now()),
  ]);
  for (const job of jobs) findings.push(...(await judgeWhole(context, job, accounts)));
  const seen = new Set<string>();
  const once = findings.filter((finding) => {
    const text = JSON.stringify(finding);
    return !seen.has(text) && seen.add(text);
  });
  return once.toSorted((a, b) => weights[a.severity] - weights[b.severity]);
}

const weights = { error: 0, warning: 1, info: 2 } as const satisfies Record<Finding['severity'], number>;

const sasOf = ({ name, roles, access }: AccountInUse, nowMs: number): readonly Finding[] =>
  access.kind === 'sas' ? judgeSas(name, roles, { sas: access.sas, nowMs }) : [];

/** The accounts that jobs use, by name. */
async function accountsInUse(
  context: RunContext,
  jobs: readonly JobConfig[],
  subscription: string | undefined,
): Promise<ReadonlyMap<string, AccountInUse>> {
  const { accounts: known } = context;
  const roles = new Map<string, Set<'source' | 'destination'>>();
  const note = (name: string, role: 'source' | 'destination'): void => {
    roles.set(name, (roles.get(name) ?? new Set()).add(role));
  };
  for (const job of jobs) {
    note(job.source.account, 'source');
    for (const { account } of job.destinations) note(account, 'destination');
  }
  const found = await Promise.all(
    [...roles].map(async ([name, uses]): Promise<readonly AccountInUse[]> => {
      const access = known?.access[name];
      if (known === undefined || access === undefined) return [];
      return [{ name, roles: [...uses], access, settings: await known.inspector.settingsOf(name, subscription) }];
    }),
  );
  return new Map(found.flat().map((account) => [account.name, account]));
}

async function judgeWhole(
  context: RunContext,
  job: JobConfig,
  accounts: ReadonlyMap<string, AccountInUse>,
): Promise<readonly Finding[]> {
  const asked = [askSource(context, job), ...job.destinations.map((to) => askDestination(context, job, to))] as const;
  const [source, ...destinations] = await Promise.all(asked);
  const from = accounts.get(job.source.account);
  return [
    ...judgeJob(job, context.clock.now()),
    ...judgeShare(source),
    ...judgeSource(job, source),
    ...destinations.flatMap((facts) => [...judgeShare(facts), ...judgeRoom(source, facts)]),
    ...job.destinations.flatMap(({ name, account }) => {
      const to = accounts.get(account);
      return from === undefined || to === undefined ? [] : judgePair(`${job.name}/${name}`, from, to);
    }),
  ];
}

function askSource(context: RunContext, job: JobConfig): Promise<ShareFacts> {
  const isEntra = context.accounts?.access[job.source.account]?.kind === 'entra';
  return askShare(context, job.source, {
    role: 'source',
    isOurs: (snapshot) => isOurSource(context, job, snapshot),
    more: async (share) => {
      // Signs nothing but what a copy would be read by; with Entra ID that takes a right of its own.
      if (isEntra) await share.copySource('', {});
      return share.getUsedBytes();
    },
  });
}

const askDestination = (context: RunContext, job: JobConfig, destination: DestinationConfig): Promise<ShareFacts> =>
  askShare(context, destination, {
    role: 'destination',
    isOurs: (snapshot) => isRestorePointOf(snapshot, { job, destination }),
    more: async () => undefined,
  });

interface Questions {
  readonly role: ShareFacts['role'];
  readonly isOurs: (snapshot: SnapshotInfo) => boolean;
  /** Answers the bytes used, where it asks for them. */
  readonly more: (share: SharePort) => Promise<number | undefined>;
}

/** A share that answers no sooner keeps nobody waiting. */
const patienceMs = 30_000;

async function askShare(
  context: RunContext,
  { account, share, path }: { readonly account: string; readonly share: string; readonly path: string },
  { role, isOurs, more }: Questions,
): Promise<ShareFacts> {
  const facts: ShareFacts = { ...nothingKnown, account, share, role, path };
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const meter = meterInto(() => emptyTally()[role]);
    const port = context.shares.open({ account, share }, { meter, signal });
    const live = await port.getShare();
    if (live === undefined) return facts;
    // The Date header is cut to the second.
    const skewMs = live.serviceTimeMs + 500 - context.clock.now();
    const snapshots = await port.listSnapshots();
    const first = await port.list(path, {});
    return {
      ...facts,
      state: 'there',
      protocol: live.protocol,
      hasPath: first !== undefined,
      quotaGib: live.quotaGib,
      usedBytes: await more(port),
      snapshots: snapshots.length,
      foreignSnapshots: snapshots.filter((snapshot) => !isOurs(snapshot)).length,
      pointFormat: Math.max(0, ...snapshots.map(formatOf)),
      skewMs,
    };
  } catch (error) {
    return { ...facts, ...refusalOf(error, signal) };
  }
}

const formatOf = ({ metadata }: SnapshotInfo): number =>
  metadata['farshare_role'] === 'point' ? Number(metadata['farshare_format'] ?? 1) : 0;

const nothingKnown = {
  state: 'missing',
  operation: '',
  errorCode: '',
  errorMessage: '',
  protocol: '',
  hasPath: false,
  quotaGib: 0,
  usedBytes: undefined,
  snapshots: 0,
  foreignSnapshots: 0,
  pointFormat: 0,
  skewMs: undefined,
} as const;

function refusalOf(
  error: unknown,
  signal: AbortSignal,
): Pick<ShareFacts, 'state' | 'operation' | 'errorCode' | 'errorMessage'> {
  if (signal.aborted) {
    const errorMessage = `no answer within ${patienceMs / 1000} s`;
    return { state: 'unreachable', operation: 'GetShareProperties', errorCode: 'TimedOut', errorMessage };
  }
  const { code, message, disposition, operation = '' } = asFarshareError(error);
  // The message names operation, status and code again.
  const said = message.replace(/^\w+ answered \d+ \w+(?:: )?/u, '');
  const state = disposition === 'retry' ? 'unreachable' : 'refused';
  return { state, operation, errorCode: code, errorMessage: said };
}
