import { exitCodes, type Command, type OptionSpec } from '../command.ts';
import { UsageError } from '../usage-error.ts';

type Options = Readonly<Record<string, OptionSpec>>;

interface Words {
  readonly commands: readonly Pick<Command, 'name' | 'summary' | 'options'>[];
  readonly globals: Options;
}

const shells = ['bash', 'zsh', 'fish'] as const;

/** Made of what the other commands say of themselves, so that it is never behind them. */
export function createCompletion(words: () => Words): Command {
  return {
    name: 'completion',
    usage: 'bash|zsh|fish',
    summary: 'Print a script that completes commands and options in a shell.',
    operands: { least: 1, most: 1 },
    options: {},
    isStandalone: true,
    examples: [
      'source <(farshare completion bash)',
      'farshare completion zsh > "${fpath[1]}/_farshare"',
      'farshare completion fish > ~/.config/fish/completions/farshare.fish',
    ],
    execute: async ({ operands, printer }) => {
      const shell = shells.find((known) => known === operands[0]);
      if (shell === undefined) {
        throw new UsageError('InvalidUsage', `There is no completion for ${JSON.stringify(operands[0])}.`, [
          {
            path: 'SHELL',
            message: 'is no shell',
            value: JSON.stringify(operands[0]),
            fix: `Use one of ${shells.join(', ')}.`,
          },
        ]);
      }
      await printer.result(scripts[shell](words()));
      return exitCodes.done;
    },
  };
}

const names = (options: Options): string[] => Object.keys(options).map((name) => `--${name}`);
const takesFile = (name: string): boolean => ['config', 'prices'].includes(name);
const takesFolder = (name: string): boolean => ['state', 'to-folder'].includes(name);

/** Quoted for any of the shells: a single quote ends, is written, and begins again. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const scripts: Readonly<Record<(typeof shells)[number], (words: Words) => string>> = {
  bash: ({ commands, globals }) => {
    const all: Options = Object.assign({}, globals, ...commands.map(({ options }) => options));
    const valued = Object.entries(all).filter(([, { type }]) => type === 'string');
    const pattern = (options: readonly string[]): string => options.map((name) => `--${name}`).join('|');
    const [files, folders] = [valued.filter(([name]) => takesFile(name)), valued.filter(([name]) => takesFolder(name))];
    const others = valued.filter(([name]) => !takesFile(name) && !takesFolder(name));
    const keys = (entries: readonly (readonly [string, unknown])[]): string[] => entries.map(([name]) => name);
    return `# farshare: completion for bash
_farshare() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${commands.map(({ name }) => name).join('|')}) command="$word"; break ;; esac
  done
  COMPREPLY=()
  case "$prev" in
    ${pattern(keys(files))}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${pattern(keys(folders))}) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    ${pattern(keys(others))}) return ;;
  esac
  case "$command" in
    '') words="${[...commands.map(({ name }) => name), ...names(globals)].join(' ')}" ;;
${commands.map(({ name, options }) => `    ${name}) words="${[...names(options), ...names(globals)].join(' ')}" ;;\n`).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _farshare farshare
`;
  },
  zsh: ({ commands, globals }) => {
    const escape = (text: string): string => text.replaceAll(/[[\]:\\]/gu, String.raw`\$&`);
    const values = (name: string): string => (takesFile(name) ? '_files' : takesFolder(name) ? '_files -/' : '');
    const argument = ([name, { type, value, help, multiple }]: [string, OptionSpec]): string =>
      quote(
        `${multiple === true ? '*' : ''}--${name}[${escape(help)}]${type === 'string' ? `:${escape(value ?? name)}:${values(name)}` : ''}`,
      );
    const lines = (options: Options): string =>
      Object.entries(options)
        .map((one) => `      ${argument(one)} \\\n`)
        .join('');
    return `#compdef farshare
_farshare() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary.replaceAll(':', String.raw`\:`)}`)}\n`).join('')}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(({ name, options }) => `    ${name}) _arguments \\\n${lines({ ...options, ...globals })}      '*: :' ;;\n`).join('')}  esac
}
if [ "$funcstack[1]" = "_farshare" ]; then _farshare "$@"; else compdef _farshare farshare; fi
`;
  },
  fish: ({ commands, globals }) => {
    const rest = ([name, { type, help }]: [string, OptionSpec]): string => {
      const takes = type === 'boolean' ? '' : takesFile(name) || takesFolder(name) ? ' -r -F' : ' -x';
      return `-l ${name}${takes} -d ${quote(help)}`;
    };
    const lines = [
      'complete -c farshare -f',
      ...commands.map(
        ({ name, summary }) => `complete -c farshare -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
      ),
      ...Object.entries(globals).map((one) => `complete -c farshare ${rest(one)}`),
      ...commands.flatMap(({ name, options }) =>
        Object.entries(options).map(
          (one) => `complete -c farshare -n '__fish_seen_subcommand_from ${name}' ${rest(one)}`,
        ),
      ),
    ];
    return `# farshare: completion for fish\n${lines.join('\n')}\n`;
  },
};
