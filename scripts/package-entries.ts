/** What is deployed: the built functions, host.json, and the production dependencies as the lockfile names them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Types, source maps and documents are never loaded. */
const leftOut = /(?:\.d\.[cm]?ts|\.[cm]?ts|\.map|\.md|\.markdown|\.tsbuildinfo)$/iu;
/** Builds for other places than Node. */
const otherBuilds = new Set(['browser', 'react-native', 'workerd']);

/** Entries by their path in the package. `configPath`: a farshare.json that goes along. */
export function packageEntries(projectRoot: string, configPath?: string): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const add = (from: string, to: string): unknown => entries.set(to, readFileSync(from));
  for (const folder of ['functions', 'lib']) {
    const built = join(projectRoot, 'dist', folder);
    if (!existsSync(built)) throw new Error(`${built} is not there: run npm run build first`);
    for (const path of filesBelow(built)) add(join(built, path), `dist/${folder}/${path}`);
  }
  add(join(projectRoot, 'host.json'), 'host.json');
  entries.set('package.json', Buffer.from(productionPackage(projectRoot)));
  for (const folder of productionPackages(projectRoot)) {
    for (const path of filesBelow(join(projectRoot, folder), ['node_modules'])) {
      add(join(projectRoot, folder, path), `${folder}/${path}`);
    }
  }
  if (configPath !== undefined) add(configPath, 'farshare.json');
  return entries;
}

/** Without what only developers need: nobody may install more from it. */
function productionPackage(projectRoot: string): string {
  const { name, version, license, type, main, dependencies, engines } = readJson(join(projectRoot, 'package.json'));
  return `${JSON.stringify({ name, version, private: true, license, type, main, dependencies, engines }, null, 2)}\n`;
}

/**
 * Folders of the packages that the lockfile has for production. Read from there, not asked of npm: no network, and an
 * installation that differs from the lockfile is an error.
 */
function productionPackages(projectRoot: string): readonly string[] {
  const lock = readJson(join(projectRoot, 'package-lock.json'));
  const locked = Object.entries(lock['packages'] as Record<string, LockedPackage>);
  const wanted = locked.filter(
    ([folder, { dev, optional, devOptional }]) => folder !== '' && !(dev ?? optional ?? devOptional ?? false),
  );
  for (const [folder, { version }] of wanted) {
    const installed = readJson(join(projectRoot, folder, 'package.json'))['version'];
    if (installed !== version) {
      throw new Error(`${folder} is ${String(installed)} and locked as ${version}: run npm ci first`);
    }
  }
  return wanted.map(([folder]) => folder);
}

const readJson = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

function filesBelow(folder: string, besides: readonly string[] = [], prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    if (!entry.isDirectory()) return leftOut.test(entry.name) ? [] : [path];
    const isOut = otherBuilds.has(entry.name) || besides.includes(entry.name);
    return isOut ? [] : filesBelow(folder, besides, `${path}/`);
  });
}
