import { exitCodes, type Command } from '../command.ts';
import { knownRun } from './show.ts';

export const failuresCommand: Command = {
  name: 'failures',
  usage: 'RUN',
  summary: 'List everything that a run could not back up.',
  operands: { least: 1, most: 1 },
  options: {},
  examples: ['farshare failures finance-west-20261122t030000z-1a2b3c --json'],
  execute: async ({ operands, engine, printer }) => {
    const opened = await engine();
    const { runId } = await knownRun(opened, operands[0] ?? '');
    const failures = await opened.failures(runId);
    if (printer.json) await printer.document({ runId, failures });
    else if (failures.length === 0) printer.note('The run has no failures.');
    else {
      const lines = failures.map(({ path, operation, code, message }) => {
        const place = path === '' ? '(run)' : path;
        return `${place}: ${[operation, code, message].filter((part) => part !== '').join(': ')}\n`;
      });
      await printer.result(lines.join(''));
    }
    return exitCodes.done;
  },
};
