/** Makes dashboard/ one HTML file, which functions/dashboard.ts serves: nothing is loaded from anywhere else. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..');
const source = (name: string): string => readFileSync(join(root, 'dashboard', name), 'utf8');

const { output } = await build({
  input: join(root, 'dashboard/main.ts'),
  write: false,
  logLevel: 'warn',
  output: { format: 'iife', minify: true },
});
const [chunk, ...others] = output;
if (others.length > 0) throw new Error(`The page must be one script: ${others.map(({ fileName }) => fileName).join()}`);

/** Neither must end its own element. */
const script = chunk.code.trim().replaceAll(/<(?=\/script|!--)/giu, '\\x3c');
const style = ['style.css', 'parts.css'].map(source).join('').replaceAll(/\s+/gu, ' ').trim();
if (/<\/style/iu.test(style)) throw new Error('The style sheet ends its own element.');
const page = source('index.html')
  .replaceAll(/\n\s*/gu, '\n')
  .replace(/\s*\/\*STYLE\*\/\s*/u, () => style)
  .replace(/\s*\/\*SCRIPT\*\/\s*/u, () => script);

const file = join(root, 'dist/functions/dashboard.html');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, page);
