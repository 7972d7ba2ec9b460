/** npm run package [-- --config farshare.json] [--out DIR]: the deployable zip, and the same as a folder. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageEntries } from './package-entries.ts';
import { zip } from './zip.ts';

const { values } = parseArgs({ options: { config: { type: 'string' }, out: { type: 'string', default: '.package' } } });
const entries = packageEntries(join(import.meta.dirname, '..'), values.config);
const folder = join(values.out, 'app');
rmSync(folder, { recursive: true, force: true });
for (const [path, content] of entries) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
const packed = zip(entries);
const file = join(values.out, 'farshare.zip');
writeFileSync(file, packed);

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
const unpackedBytes = [...entries.values()].reduce((sum, content) => sum + content.length, 0);
process.stdout.write(
  `${file}: ${mebibytes(packed.length)}, ${entries.size} files, ${mebibytes(unpackedBytes)} unpacked\n`,
);
