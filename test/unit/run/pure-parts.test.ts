import { describe, expect, test } from 'vitest';
import type { FileEntry } from '../../../lib/model/index.ts';
import { uuid5 } from '../../../lib/run/context.ts';
import { ListingReader } from '../../../lib/run/listing-reader.ts';
import { marginsFor } from '../../../lib/run/margins.ts';
import type { ListingPage, SharePort } from '../../../lib/run/ports.ts';
import { WorkPool } from '../../../lib/run/work-pool.ts';

describe('uuid5', () => {
  test('is the name-based UUID of RFC 9562 in the namespace for URLs', () => {
    // Python's `uuid.uuid5(uuid.NAMESPACE_URL, 'www.example.com')`.
    expect(uuid5('www.example.com')).toBe('b63cdfa4-3df9-568e-97ae-006c5b8fd652');
  });

  test('keeps its parts apart, and in their order', () => {
    expect(uuid5('a', 'b')).not.toBe(uuid5('ab'));
    expect(uuid5('a', 'b')).not.toBe(uuid5('b', 'a'));
  });
});

describe('WorkPool', () => {
  test('runs at most as many steps at once as its limit', async () => {
    const pool = new WorkPool(3);
    let [running, most] = [0, 0];

    for (let n = 0; n < 20; n += 1) {
      await pool.add(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
    }
    await pool.drain();

    expect({ running, most }).toEqual({ running: 0, most: 3 });
  });

  test('starts nothing after a failure, waits for what runs, and throws the first error', async () => {
    const pool = new WorkPool(2);
    const slow = Promise.withResolvers<void>();
    let [slowEnded, started] = [false, 0];
    await pool.add(() => slow.promise.then(() => void (slowEnded = true)));
    await pool.add(() => Promise.reject(new Error('first')));

    const adding = pool.add(async () => void (started += 1));
    slow.resolve();

    await expect(adding).rejects.toThrow('first');
    await expect(pool.drain()).rejects.toThrow('first');
    expect({ slowEnded, started }).toEqual({ slowEnded: true, started: 0 });
  });
});

describe('Margins', () => {
  test.each([1, 15, 60])('keep their proportions at a lease of %i s', (leaseSeconds) => {
    const { leaseMs, renewMs, quietMs, takeoverMs } = marginsFor(leaseSeconds);

    expect(renewMs * 2).toBeLessThan(leaseMs - quietMs);
    expect(takeoverMs).toBeGreaterThan(leaseMs / 3);
    expect(quietMs).toBeGreaterThan(leaseMs / 6);
  });

  test("are the design's at 60 s", () => {
    expect(marginsFor(60)).toMatchObject({
      ...{ leaseMs: 60_000, renewMs: 15_000, quietMs: 20_000, takeoverMs: 30_000, lockSeconds: 60, lockWaitMs: 75_000 },
    });
  });

  test('never ask for a lock shorter than the service grants', () => {
    expect(marginsFor(1).lockSeconds).toBe(15);
  });
});

const times = { creation: '', lastWrite: '', change: '' };
const file = (name: string): FileEntry => ({
  ...{ kind: 'file', name, times, lastModifiedMs: 0, etag: '', attributes: 'None', permissionKey: '', sizeBytes: 0 },
});

/** A share whose one directory comes in these pages; markers are page numbers. */
function paged(pages: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const list = (_: string, { marker = '' }: { marker?: string }): Promise<ListingPage> => {
    asked.push(marker);
    const number = marker === '' ? 0 : Number(marker);
    const nextMarker = number + 1 < pages.length ? String(number + 1) : '';
    return Promise.resolve({ entries: (pages[number] ?? []).map(file), nextMarker });
  };
  return { asked, share: { list } as unknown as SharePort };
}

const readAll = async (reader: ListingReader): Promise<string[]> => {
  const names: string[] = [];
  for await (const page of reader.pages()) names.push(...page.map(({ name }) => name));
  return names;
};
const whole = { snapshot: undefined, wanted: true, resume: undefined };

describe('ListingReader', () => {
  const pages = [['a', 'b'], [], ['c', 'd'], ['e']];

  test('goes on through empty pages to the end', async () => {
    const { share, asked } = paged(pages);
    const reader = new ListingReader(share, '', whole);

    expect(await readAll(reader)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(asked).toEqual(['', '1', '2', '3']);
    expect(reader.requests).toBe(4);
  });

  test.each(['A', 'B', 'C', 'D', 'E'])(
    'goes on after %s in another process, without what came before',
    async (after) => {
      const first = new ListingReader(paged(pages).share, '', whole);
      await readAll(first);

      const resume = { marker: first.markerAt(after), after };
      const rest = await readAll(new ListingReader(paged(pages).share, '', { ...whole, resume }));

      expect(rest).toEqual(['a', 'b', 'c', 'd', 'e'].filter((name) => name.toUpperCase() > after));
    },
  );

  test.each([[[['b'], ['a']]], [[['b'], [], ['a']]], [[['a'], ['c'], ['b']]]])(
    'finds out that %j does not ascend, wherever it goes on in another process',
    async (disordered) => {
      const first = new ListingReader(paged(disordered).share, '', whole);
      const reading = first.pages()[Symbol.asyncIterator]();
      const seen: string[] = [];
      // To the page before the one that shows it.
      for (let page = 1; page < disordered.filter(({ length }) => length > 0).length; page += 1) {
        const next = await reading.next();
        seen.push(...(next.value ?? []).map(({ name }: FileEntry) => name.toUpperCase()));
      }
      const after = seen.at(-1) ?? '';

      const rest = new ListingReader(paged(disordered).share, '', {
        ...whole,
        resume: { marker: first.markerAt(after), after },
      });

      await expect(readAll(rest)).rejects.toMatchObject({ code: 'ListingOutOfOrder' });
    },
  );

  test('asks nothing of a directory known to be empty', async () => {
    const { share, asked } = paged(pages);

    expect(await readAll(new ListingReader(share, '', { ...whole, wanted: false }))).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('refuses a page that names itself as the next', async () => {
    const list = () => Promise.resolve({ entries: [], nextMarker: 'same' });
    const reader = new ListingReader({ list } as unknown as SharePort, 'docs', whole);

    await expect(readAll(reader)).rejects.toMatchObject({ code: 'ListingRepeated', disposition: 'entry' });
  });

  test('refuses a page that names an earlier one as the next', async () => {
    const next: Record<string, string> = { '': '1', '1': '2', '2': '1' };
    const list = (_path: string, { marker = '' }: { marker?: string }) =>
      Promise.resolve({ entries: [], nextMarker: next[marker] ?? '' });
    const reader = new ListingReader({ list } as unknown as SharePort, 'docs', whole);

    await expect(readAll(reader)).rejects.toMatchObject({ code: 'ListingRepeated', disposition: 'entry' });
  });

  test.each([
    { where: 'within a page', disordered: [['a', 'c', 'b'], ['d']] },
    { where: 'from one page to the next', disordered: [['b', 'c'], [], ['a', 'd']] },
  ])('refuses names that descend $where, unless their order does not matter', async ({ disordered }) => {
    const trusting = new ListingReader(paged(disordered).share, '', whole);
    const careful = new ListingReader(paged(disordered).share, '', { ...whole, ordered: false });

    await expect(readAll(trusting)).rejects.toMatchObject({ code: 'ListingOutOfOrder' });
    expect(await readAll(careful)).toEqual(disordered.flat());
    expect(careful.isDisordered).toBe(true);
  });

  test('gives out nothing of a page that is out of order', async () => {
    const reader = new ListingReader(
      paged([
        ['a', 'b'],
        ['d', 'c'],
      ]).share,
      '',
      whole,
    );
    const names: string[] = [];

    const reading = (async () => {
      for await (const page of reader.pages()) names.push(...page.map(({ name }) => name));
    })();

    await expect(reading).rejects.toMatchObject({ code: 'ListingOutOfOrder' });
    expect(names).toEqual(['a', 'b']);
  });

  test('tells a missing directory from an empty one', async () => {
    const missing = new ListingReader({ list: async () => undefined } as unknown as SharePort, '', whole);
    const empty = new ListingReader(paged([[]]).share, '', whole);

    expect([await readAll(missing), await readAll(empty)]).toEqual([[], []]);
    expect([missing.isMissing(), empty.isMissing()]).toEqual([true, false]);
  });
});
