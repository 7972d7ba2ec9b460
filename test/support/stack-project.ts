import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';
import { projectRoot } from '../../local-stack/index.ts';

/** What a clone holds that running the product needs; dependencies are linked, not copied. */
const parts = [
  ...['functions', 'lib', 'cli', 'local-host', 'local-stack', 'emulator', 'walker', 'docs', 'dashboard', 'scripts'],
  ...['package.json', 'host.json', 'tsconfig.json', 'tsconfig.build.json'],
];

/** The caller's environment without what would change a run: a configuration, storage, CI's npm settings. */
export function cleanEnvironment(added: Record<string, string> = {}): NodeJS.ProcessEnv {
  // oxlint-disable-next-line node/no-process-env -- processes of a test start from the caller's environment
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:FARSHARE_|AzureWebJobs|FUNCTIONS_|npm_|NODE_OPTIONS|VITEST)/u.test(name),
  );
  const environment = Object.fromEntries(inherited);
  const bin = join(projectRoot, 'node_modules/.bin');
  return { ...environment, PATH: `${bin}${delimiter}${environment['PATH'] ?? ''}`, ...added };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Has a folder that a process of the test made removed after the file's tests. */
export const removeLater = (folder: string): void => void folders.push(folder);

/** A new folder that is removed after the file's tests. */
export function makeFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `farshare-${name}-`)));
  folders.push(folder);
  return folder;
}

/** A copy of the project, of `more` than it runs by too, in a folder of its own: building there disturbs nobody who runs the project's own `dist`. */
export function copyProject(more: readonly string[] = []): string {
  const folder = makeFolder('project');
  for (const part of [...parts, ...more].filter((name) => existsSync(join(projectRoot, name)))) {
    cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return folder;
}

/** Runs `npm run build` in a copy. */
export async function buildProject(folder: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = { cwd: folder, env: cleanEnvironment() };
    execFile('npm', ['run', '--silent', 'build'], options, (error, stdout, stderr) =>
      error ? reject(new Error(`npm run build failed: ${stdout}${stderr}`, { cause: error })) : resolve(),
    );
  });
}
