import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'oxfmt';
import { endWithParent, startChild } from '../local-stack/child.ts';
import { projectRoot } from '../local-stack/index.ts';
import { measureFirstCopy } from './first-copy.ts';
import { createAzCopy, createFarshare } from './programs.ts';
import { renderResults } from './render-results.ts';

const usage = 'usage: npm run bench [-- [--files 5000] [--latency-ms 5]]\n';

function readFlags(): { files: number; latencyMs: number } {
  const flags = { files: { type: 'string', default: '5000' }, 'latency-ms': { type: 'string', default: '5' } } as const;
  const { values } = parseArgs({ options: flags });
  const [files, latencyMs] = [Number(values.files), Number(values['latency-ms'])];
  if (!Number.isInteger(files) || files < 100 || !Number.isInteger(latencyMs) || latencyMs < 0) {
    throw new TypeError('--files takes a whole number from 100, --latency-ms one from 0');
  }
  return { files, latencyMs };
}

async function bench({ files, latencyMs }: ReturnType<typeof readFlags>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'farshare-bench-'));
  const emulator = startChild({
    name: 'the Files emulator',
    arguments: [
      ...endWithParent('terminate'),
      ...['emulator/main.ts', '--port', '0', '--latency-ms', String(latencyMs)],
    ],
    workingDirectory: projectRoot,
    logFile: join(folder, 'emulator.log'),
  });
  try {
    const emulatorUrl = await emulator.firstLine((line) => /listens on (\S+)/u.exec(line)?.[1]);
    const farshare = await createFarshare(emulatorUrl, folder);
    const azcopy = await createAzCopy(emulatorUrl, folder);
    const [version, reason] = 'reason' in azcopy ? [undefined, azcopy.reason] : [azcopy.version, undefined];
    const measured = await measureFirstCopy({
      emulatorUrl,
      files,
      farshare,
      azcopy: 'reason' in azcopy ? undefined : azcopy,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    const { code: text } = await format(
      'RESULTS.md',
      renderResults({
        command: `npm run bench -- --files ${files} --latency-ms ${latencyMs}`,
        files,
        latencyMs,
        azcopyVersion: version,
        azcopyReason: reason,
        ...measured,
      }),
      { printWidth: 120 },
    );
    writeFileSync(join(projectRoot, 'bench/RESULTS.md'), text);
    process.stdout.write(text);
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

let flags;
try {
  flags = readFlags();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exit(2);
}
await bench(flags);
