/**
 * Runs the commands of a document as they are written: all its blocks marked `sh`, in one shell, in a copy of the project.
 * Not run as written: what needs Azure (`az`, `azd`: recorded, and held to naming files that exist), what `.ci/run` does in a
 * fresh clone (`npm ci`, `npm test`, `npm run demo`), `npm run test:azure`, whose code is tried on the emulator, and `npm start`, which is stopped once it is up.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from './stack-process.ts';
import { cleanEnvironment, makeFolder } from './stack-project.ts';

export interface DocumentOutcome {
  readonly code: number | null;
  readonly output: string;
  /** Commands of Azure's own tools, one line each. */
  readonly azure: readonly string[];
}

/** The blocks marked `sh`, in their order. */
export const commandsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gmu)].map(([, block = '']) => block);

/** Answers the key where one is asked for, and nothing else; a file that is named has to be there. */
const azureTool = `#!/usr/bin/env bash
printf '%s %s\\n' "$(basename "$0")" "$*" >> "$AZURE_CALLS"
while [ $# -gt 0 ]; do
  case "$1" in
    --parameters | --src | --template-file)
      case "$2" in '{'*) ;; *) [ -f "$2" ] || { echo "no file $2" >&2; exit 1; } ;; esac ;;
    functionKeys.default) printf '%s\\n' "$APP_KEY" ;;
  esac
  shift
done
`;

const prelude = `set -eo pipefail
npm() {
  case "$1 $2" in
    'ci ' | 'test ') ;;
    'run test:azure') ;;
    'run demo') [ $# -eq 2 ] || command npm "$@" ;;
    'start '*) until_up npm "$@" ;;
    *) command npm "$@" ;;
  esac
}
farshare() { command npm run --silent farshare -- "$@"; }
until_up() {
  local out; out=$(mktemp)
  if [ $# -eq 2 ]; then set -- "$@" -- --ports 0; fi
  command "$@" > "$out" 2>&1 &
  local pid=$!
  until grep -q '^{' "$out"; do kill -0 "$pid" || { cat "$out" >&2; return 1; }; sleep 0.2; done
  kill -TERM "$pid"; wait "$pid"
}
`;

export async function runDocument(
  markdown: string,
  options: {
    readonly project: string;
    /** What a reader puts in place of a word: \`DIR\`, \`https://APP.azurewebsites.net\`. */
    readonly replaced: Readonly<Record<string, string>>;
    readonly environment: Record<string, string>;
  },
): Promise<DocumentOutcome> {
  const tools = makeFolder('tools');
  const calls = join(tools, 'calls');
  writeFileSync(calls, '');
  mkdirSync(join(tools, 'bin'));
  for (const name of ['az', 'azd', 'gh']) {
    const file = join(tools, 'bin', name);
    writeFileSync(file, azureTool);
    chmodSync(file, 0o755);
  }
  let script = commandsOf(markdown).join('\n');
  for (const [word, value] of Object.entries(options.replaced)) script = script.replaceAll(word, value);
  const environment = cleanEnvironment({ ...options.environment, AZURE_CALLS: calls });
  const shell = startProcess({
    command: 'bash',
    arguments: ['-c', `${prelude}${script}`],
    cwd: options.project,
    environment: { ...environment, PATH: `${join(tools, 'bin')}:${environment['PATH'] ?? ''}` },
  });
  const { code } = await shell.ended;
  const azure = readFileSync(calls, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { code, output: `${shell.stdout}${shell.stderr}`, azure };
}
