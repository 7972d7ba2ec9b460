import type { Finding } from '../../lib/model/index.ts';
import { exitCodes, type Command } from '../command.ts';

export const checkCommand: Command = {
  name: 'check',
  usage: '',
  summary: 'Look for what would stop backups, or make them worth less, before runs do.',
  operands: { least: 0, most: 0 },
  options: {
    subscription: { type: 'string', value: 'ID', help: 'Where accounts without "resourceId" are looked for.' },
  },
  examples: ['farshare check', 'farshare check --subscription 00000000-0000-0000-0000-000000000000 --json'],
  execute: async ({ options, engine, printer }) => {
    const subscription = options['subscription'] as string | undefined;
    const findings = await (await engine()).check(subscription === undefined ? {} : { subscription });
    if (printer.json) await printer.document({ findings });
    else await printer.result(findings.length === 0 ? 'Nothing found.\n' : findings.map(textOf).join(''));
    return findings.some(({ severity }) => severity === 'error') ? exitCodes.failed : exitCodes.done;
  },
};

const textOf = ({ severity, code, message, fix }: Finding): string =>
  `${severity.padEnd(7)}  ${code}: ${message}\n         fix: ${fix}\n`;
