import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './services.ts';

/** The configuration is wrong; the message is the command line's own list of everything that is. */
export class ConfigurationRefused extends Error {}

/** Has the command line read the configuration, since it says each problem with its fix and the host would only end. */
export async function checkConfiguration(
  file: string,
  around: { directory: string; environment: NodeJS.ProcessEnv },
): Promise<void> {
  const command = ['--disable-warning=ExperimentalWarning', join(projectRoot, 'cli/main.ts'), 'runs'];
  const options = ['--config', file, '--state', join(around.directory, 'configuration-check')];
  const { code, said } = await new Promise<{ code: number; said: string }>((resolve) => {
    execFile(process.execPath, [...command, ...options], { env: around.environment }, (error, _stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, said: stderr.trimEnd() }),
    );
  });
  if (code === 2) throw new ConfigurationRefused(said);
  if (code !== 0) throw new Error(said);
}
