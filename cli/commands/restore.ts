import { asFarshareError } from '../../lib/errors.ts';
import type { LocalEngine } from '../../lib/engine.ts';
import type { PlannedAction, RestoreRequest, RunReport } from '../../lib/model/index.ts';
import { exitCodes, type Command, type CommandContext, type ExitCode } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { watchRuns } from '../drive-runs.ts';
import { formatBytes } from '../output/format.ts';
import { reportText } from '../output/report-text.ts';
import { showProgress } from '../output/show-progress.ts';
import { fromOption, parsePlace, restoreFrom } from '../restore-place.ts';
import { UsageError } from '../usage-error.ts';

const conflictRules = ['skip', 'overwrite', 'rename'] as const;

export const restoreCommand: Command = {
  name: 'restore',
  usage: 'JOB|--from ACCOUNT/SHARE[/DIR]',
  summary: 'Bring files back from a restore point, server-side.',
  operands: { least: 0, most: 1 },
  options: {
    from: fromOption,
    destination: { type: 'string', value: 'NAME', help: 'Only from this destination of the job.' },
    point: {
      type: 'string',
      value: 'WHEN',
      help: '`latest` (default), a time (the newest until then), or a snapshot.',
    },
    path: {
      type: 'string',
      multiple: true,
      value: 'PATTERN',
      help: 'Only these files and directories; may be given several times.',
    },
    to: {
      type: 'string',
      value: 'ACCOUNT/SHARE[/DIR]',
      help: 'Where to. Without it: directory restore-TIME in the share that was backed up.',
    },
    'to-folder': {
      type: 'string',
      value: 'DIR',
      help: 'Download to a folder of this machine instead: the content is read from the account, which may be charged for. Brings back content and LastWriteTime, no attributes, permissions or metadata.',
    },
    'on-conflict': {
      type: 'string',
      value: 'RULE',
      help: 'A name that is taken: skip (default), overwrite or rename.',
    },
    'delete-extra': { type: 'boolean', help: 'Delete what the restore point does not have; asks when that is much.' },
    'dry-run': { type: 'boolean', help: 'Only list what would be done.' },
    approve: { type: 'boolean', help: 'Go ahead where the guard would stop and ask.' },
  },
  examples: [
    "farshare restore finance --path 'reports/2026/**' --point 2026-11-20T03:00:00Z",
    'farshare restore finance --to production/finance --on-conflict overwrite --dry-run',
    'farshare restore --from vault/finance --to spare/finance --config disaster.json',
    "farshare restore finance --path 'plans/2026.xlsx' --to-folder ./restored",
  ],
  execute: async (context) => {
    const request = requestOf(context);
    const engine = await context.engine();
    const folder = context.options['to-folder'];
    if (typeof folder === 'string') return download(context, engine, { ...request, folder });
    const runId = await start(engine, request);
    const { signal, printer } = context;
    const [report] = await watchRuns(context, engine, [runId]);
    if (report === undefined) return exitCodes.failed;
    await print(context, engine, report);
    if (!signal.aborted) return exitCodeOf(report);
    printer.note(context.interrupted);
    return exitCodes.interrupted;
  },
};

function requestOf({ operands, options, lists, config }: CommandContext): RestoreRequest {
  const place = restoreFrom('restore', operands[0], options['from']);
  const destination = options['destination'] as string | undefined;
  if ('job' in place) configuredJob(config, place.job, destination);
  else if (destination !== undefined)
    throw new UsageError('InvalidUsage', '--destination goes with JOB, not with --from.');
  const to = options['to'] as string | undefined;
  const point = options['point'] as string | undefined;
  return {
    from: 'job' in place && destination !== undefined ? { ...place, destination } : place,
    ...(point === undefined ? {} : { point }),
    paths: [...(lists['path'] ?? [])],
    ...(to === undefined ? {} : { to: parsePlace('--to', to) }),
    onConflict: conflictRule(options['on-conflict']),
    deleteExtra: options['delete-extra'] === true,
    dryRun: options['dry-run'] === true,
    approve: options['approve'] === true,
  };
}

function conflictRule(text: string | boolean | undefined): (typeof conflictRules)[number] {
  if (text === undefined) return 'skip';
  const rule = conflictRules.find((known) => known === text);
  if (rule !== undefined) return rule;
  throw new UsageError('InvalidUsage', '--on-conflict has a wrong value.', [
    {
      path: '--on-conflict',
      message: 'is no rule',
      value: JSON.stringify(text),
      fix: `Use one of ${conflictRules.join(', ')}.`,
    },
  ]);
}

/** What the request itself makes impossible; all else is a failure. */
const usageCodes: ReadonlySet<string> = new Set([
  ...['InvalidRequest', 'UnknownAccount', 'TargetIsBackup', 'TargetUnknown', 'NotForDated', 'PointAmbiguous'],
]);

async function start(engine: LocalEngine, request: RestoreRequest): Promise<string> {
  try {
    return await engine.startRestore(request);
  } catch (error) {
    const { code, message } = asFarshareError(error);
    if (usageCodes.has(code)) throw new UsageError(code, message);
    throw error;
  }
}

/** What a folder has no place for. */
const serverSide = ['to', 'delete-extra', 'dry-run', 'approve'];

async function download(
  context: CommandContext,
  engine: LocalEngine,
  request: RestoreRequest & { readonly folder: string },
): Promise<ExitCode> {
  const { signal, printer } = context;
  const wrong = serverSide.find((name) => context.options[name] !== undefined);
  if (wrong !== undefined) throw new UsageError('InvalidUsage', `--${wrong} does not go with --to-folder.`);
  const { from, point, paths, onConflict, folder } = request;
  const asked = { from, folder, ...(point && { point }), ...(paths && { paths }), ...(onConflict && { onConflict }) };
  const report = await engine.download(asked, { signal, onProgress: showProgress(printer) });
  await print(context, engine, report);
  if (!signal.aborted) return exitCodeOf(report);
  printer.note('Interrupted. The same command goes on from here.');
  return exitCodes.interrupted;
}

async function print(context: CommandContext, engine: LocalEngine, report: RunReport): Promise<void> {
  const { printer } = context;
  if (!report.dryRun || context.config === undefined) {
    if (printer.json) return printer.document(report);
    return printer.quiet && report.status === 'succeeded' ? undefined : printer.result(reportText(report, printer));
  }
  await printer.result(printer.json ? `${JSON.stringify(report).slice(0, -1)},"actions":[` : '');
  let separator = '\n';
  for await (const action of engine.actions(report.runId)) {
    await printer.result(printer.json ? `${separator}${JSON.stringify(action)}` : actionLine(action));
    separator = ',\n';
  }
  await printer.result(printer.json ? ']}\n' : reportText(report, printer));
}

const actionLine = ({ kind, path, reason, size }: PlannedAction): string =>
  `${kind.padEnd(16)}  ${reason.padEnd(10)}  ${(size > 0 ? formatBytes(size) : '').padStart(10)}  ${path}\n`;

function exitCodeOf({ status }: RunReport): ExitCode {
  if (status === 'succeeded') return exitCodes.done;
  return status === 'awaiting-approval' ? exitCodes.awaitingApproval : exitCodes.failed;
}
