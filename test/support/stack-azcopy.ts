import { execFile } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface AzCopyOutcome {
  readonly code: number;
  readonly output: string;
}

function binaryPath(): string {
  try {
    const { resolve } = createRequire(import.meta.url);
    return join(dirname(resolve('@azure-tools/azcopy-linux/package.json')), 'dist/bin/azcopy_linux_amd64');
  } catch {
    return 'azcopy (the package @azure-tools/azcopy-linux is not installed)';
  }
}

/** Runs AzCopy with its state in `folder` and nothing of the caller's environment. */
export function azcopy(folder: string, ...options: string[]): Promise<AzCopyOutcome> {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    AZCOPY_LOG_LOCATION: join(folder, 'logs'),
    AZCOPY_JOB_PLAN_LOCATION: join(folder, 'plans'),
    AZCOPY_DISABLE_SYSLOG: 'true',
  };
  if (existsSync(binaryPath())) chmodSync(binaryPath(), 0o755);
  return new Promise((resolve) => {
    execFile(binaryPath(), [...options, '--skip-version-check'], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}${code === -1 ? (error?.message ?? '') : ''}` });
    });
  });
}

/** Undefined if it starts. In CI a test must not ask, so that a binary that cannot start fails it. */
export async function whyAzCopyCannotStart(folder: string): Promise<string | undefined> {
  const { code, output } = await azcopy(folder, '--version');
  return code === 0 ? undefined : output.trim();
}
