import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppApi } from './stack-api.ts';
import { EmulatorControl } from './stack-emulator.ts';
import { eventually, startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';
import { cleanEnvironment, copyProject, removeLater } from './stack-project.ts';

/** The first line of `npm start`. */
interface StackLine {
  readonly functions: string;
  readonly key: string;
  readonly files: string;
  readonly storage: string;
}

export interface UserStack extends StackLine {
  /** npm itself: what a user signals. */
  readonly process: StackProcess;
  readonly api: AppApi;
  readonly emulator: EmulatorControl;
  /** Folder of the logs, as `npm start` names it. */
  readonly logs: string;
  readonly configFile: string;
}

/** `npm start -- --config FILE --ports 0` in a copy of the project, up when this resolves. */
export async function startUserStack(
  configuration: unknown,
  settings: Record<string, string> = {},
): Promise<UserStack> {
  const folder = copyProject();
  const configFile = join(folder, 'farshare.json');
  writeFileSync(configFile, JSON.stringify(configuration));
  const process = startProcess({
    command: 'npm',
    arguments: ['run', '--silent', 'start', '--', '--config', configFile, '--ports', '0'],
    cwd: folder,
    environment: cleanEnvironment(settings),
  });
  const line = await process.firstJson<StackLine>();
  let logs = '';
  await eventually('the line that names the logs', () => {
    logs = /^Logs +(.+)$/mu.exec(process.stderr)?.[1] ?? '';
    return logs !== '';
  });
  removeLater(logs);
  return {
    ...line,
    process,
    configFile,
    api: new AppApi(line.functions, line.key),
    emulator: new EmulatorControl(line.files),
    logs,
  };
}
