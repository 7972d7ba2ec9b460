import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { crc64 } from '../../../emulator/store/index.ts';

type Calculator = {
  append(body: Uint8Array, length: number): void;
  final(body: Uint8Array, length: number): Uint8Array;
};
type CalculatorClass = { new (): Calculator; init(): Promise<void> };

let StorageCRC64Calculator: CalculatorClass;

beforeAll(async () => {
  // The package does not export the class by name; its file is what the SDK itself uses.
  const entry = createRequire(import.meta.url).resolve('@azure/storage-common');
  const folder = entry.slice(0, entry.lastIndexOf(join('storage-common', 'dist')));
  const file = join(dirname(join(folder, 'x')), 'storage-common/dist/esm/StorageCRC64Calculator.js');
  const module = (await import(pathToFileURL(file).href)) as { StorageCRC64Calculator: CalculatorClass };
  StorageCRC64Calculator = module.StorageCRC64Calculator;
  await StorageCRC64Calculator.init();
});

it('gives the checksum that the SDK gives for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
      const calculator = new StorageCRC64Calculator();
      calculator.append(body, body.length);
      expect(Buffer.from(crc64(body)).toString('hex')).toBe(
        Buffer.from(calculator.final(new Uint8Array(0), 0)).toString('hex'),
      );
    }),
  );
});

it('gives the published check value', () => {
  expect(Buffer.from(crc64(Buffer.from('123456789'))).toString('hex')).toBe('8898790a86148bae');
});
