/**
 * What a million entries cost the emulator: `node bench/emulator-scale.ts`; exits with 1 beyond 1 GiB of memory.
 * `--location DIR` does it over a location and starts it again.
 */
import { parseArgs } from 'node:util';
import {
  ACCOUNT,
  type EmulatorProcess,
  machine,
  residentMebibytes,
  signed,
  startEmulatorProcess,
  stopEmulatorProcess,
} from './emulator-process.ts';

const MOST_MEBIBYTES = 1024;
const SHARE = `scale-${Date.now()}`;

async function call(emulator: EmulatorProcess, method: string, path: string, headers?: Record<string, string>) {
  const url = `http://127.0.0.1:${emulator.port}${path}`;
  const response = await fetch(url, { method, headers: signed({ method, path, headers: headers ?? {} }) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${response.headers.get('x-ms-error-code')}`);
  return response;
}

function say(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(46)}${figure}\n`);
}

function sayMemory(what: string, emulator: EmulatorProcess): void {
  const { now, most } = residentMebibytes(emulator);
  say(what, `${now.toFixed(0)} MiB resident, at most ${most.toFixed(0)} MiB so far`);
}

async function timed<T>(act: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const began = performance.now();
  const result = await act();
  return { ms: performance.now() - began, result };
}

async function grow(emulator: EmulatorProcess, entries: number): Promise<void> {
  const spec = { account: ACCOUNT, share: SHARE, files: entries, filesPerDirectory: entries, sizeBytes: 1000, seed: 1 };
  const { ms } = await timed(async () => {
    const url = `http://127.0.0.1:${emulator.port}/_emulator/tree`;
    await (await fetch(url, { method: 'POST', body: JSON.stringify(spec) })).text();
  });
  say(`${entries} files in one directory`, `${ms.toFixed(0)} ms`);
}

/** Lists the directory to its end, in pages of 5,000, and says what its first and its last pages took. */
async function listAll(emulator: EmulatorProcess): Promise<void> {
  const pages: number[] = [];
  let marker = '';
  do {
    const path = `/${ACCOUNT}/${SHARE}/d00000?comp=list&restype=directory${marker && `&marker=${marker}`}`;
    const { ms, result } = await timed(async () => (await call(emulator, 'GET', path)).text());
    marker = /<NextMarker>([^<]+)<\/NextMarker>/u.exec(result)?.[1] ?? '';
    pages.push(ms);
  } while (marker !== '');
  const median = (some: readonly number[]) =>
    (some.toSorted((left, right) => left - right)[some.length >> 1] ?? 0).toFixed(1);
  const tenth = Math.ceil(pages.length / 10);
  const [first, last] = [median(pages.slice(0, tenth)), median(pages.slice(-tenth))];
  say(`listing it in ${pages.length} pages`, `a page: ${first} ms in the first tenth, ${last} ms in the last`);
}

async function makeSparse(emulator: EmulatorProcess): Promise<void> {
  const path = `/${ACCOUNT}/${SHARE}/sparse`;
  const headers = { 'x-ms-type': 'file', 'x-ms-content-length': String(4 * 2 ** 40) };
  const before = residentMebibytes(emulator).now;
  const { ms } = await timed(() => call(emulator, 'PUT', path, headers));
  const grown = residentMebibytes(emulator).now - before;
  say('a sparse file of 4 TiB', `${ms.toFixed(1)} ms, ${grown.toFixed(1)} MiB`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { entries: { type: 'string', default: '1000000' }, location: { type: 'string' } },
  });
  const flags = values.location === undefined ? [] : ['--location', values.location];
  process.stdout.write(`${machine}\n`);
  let emulator = await startEmulatorProcess(flags);
  try {
    sayMemory('empty', emulator);
    await grow(emulator, Number(values.entries));
    sayMemory('then', emulator);
    await listAll(emulator);
    await makeSparse(emulator);
    sayMemory('at the end', emulator);
    if (residentMebibytes(emulator).most > MOST_MEBIBYTES && values.location === undefined) process.exitCode = 1;
    if (values.location !== undefined) {
      const stopped = await timed(() => stopEmulatorProcess(emulator));
      const started = await timed(() => startEmulatorProcess(flags));
      emulator = started.result;
      say('stopping, and starting over the location', `${stopped.ms.toFixed(0)} ms, ${started.ms.toFixed(0)} ms`);
      sayMemory('started again', emulator);
      await listAll(emulator);
      sayMemory('all of it looked at', emulator);
    }
  } finally {
    await stopEmulatorProcess(emulator);
  }
}

await main();
