import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';
import { endpointOf } from './settings.ts';
import type { Protocol } from './settings.ts';

export type SuiteSource = {
  /** Folder of the SDK's tests; nothing in it is changed. */
  folder: string;
  /** `package.json` of the installed SDK. */
  sdkPackage: string;
  protocol: Protocol;
  port: number;
};

const PACKAGE = '@azure/storage-file-share';
const STAND_INS = new Map(
  ['test-recorder', 'test-credential', 'test-utils-vitest'].map((name) => [
    `@azure-tools/${name}`,
    fileURLToPath(new URL(`./stand-ins/${name}.ts`, import.meta.url)),
  ]),
);

/**
 * Makes the SDK's tests run against the installed package: `../src/X.js` (and `$internal/X.js` of newer suites) becomes
 * the package's own module, other packages come from where the SDK is installed, test tools from our stand-ins.
 */
export function suitePlugin({ folder, sdkPackage, protocol, port }: SuiteSource): Plugin {
  const modules = join(sdkPackage, '..', 'dist', 'esm');
  const fromSdk = createRequire(sdkPackage);
  const fromHere = createRequire(import.meta.url);
  return {
    name: 'sdk-tests',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer?.startsWith(folder) !== true) return undefined;
      const own = /^(?:(?:\.\.?\/)+src|\$internal)\/(.*)$/.exec(source)?.[1];
      if (own !== undefined) return moduleFile(modules, own);
      if (source === PACKAGE) return join(modules, 'index.js');
      if (STAND_INS.has(source)) return STAND_INS.get(source);
      if (source === 'vitest') return fromHere.resolve('vitest').replace(/index\.cjs$/, 'index.js');
      return /^@azure\//.test(source) ? esmEntry(fromSdk, source) : undefined;
    },
    transform(code, id) {
      if (!id.startsWith(folder)) return undefined;
      // The only place where the tests make an endpoint is from an account's name and a suffix.
      const endpoint = 'https://${accountName}${accountNameSuffix}.file.core.windows.net';
      return code.replaceAll(endpoint, endpointOf(protocol, '${accountName}${accountNameSuffix}', port));
    },
  };
}

/** A module that has moved since a suite was written is looked for where 12.33 keeps it. */
function moduleFile(modules: string, name: string): string {
  const file = join(modules, name);
  return existsSync(file) ? file : join(modules, 'utils', name);
}

/** The same instance of a package as the SDK's own modules import. */
function esmEntry(fromSdk: NodeJS.Require, source: string): string {
  return fromSdk.resolve(source).replace('/dist/commonjs/', '/dist/esm/');
}
