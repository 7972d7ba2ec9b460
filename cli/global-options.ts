import type { OptionSpec } from './command.ts';

/** May stand before or after the command. */
export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'farshare.json: path or JSON ($FARSHARE_CONFIG, else ./farshare.json).',
  },
  state: { type: 'string', value: 'DIR', help: 'Where the state of runs is kept (.farshare/).' },
  app: {
    type: 'string',
    value: 'URL',
    help: 'Work through this deployed app instead; its key in $FARSHARE_APP_KEY, or a token in $FARSHARE_APP_TOKEN.',
  },
  json: { type: 'boolean', help: 'One JSON document on stdout; all else on stderr.' },
  quiet: { type: 'boolean', help: 'No progress; reports only of runs that did not succeed.' },
  help: { type: 'boolean', help: 'This help.' },
};
