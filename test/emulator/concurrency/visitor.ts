import type { Chance } from '../persistence/random-changes.ts';
import type { SignedAnswer, SignedCall, SignedClient } from './signed-client.ts';

export const VISITORS = 64;
export const SHARE = '/devstoreaccount1/crowd';

/** Each visitor owns these bytes of both shared files: 64 owners share one page of 512 bytes, and no request is aligned. */
export const OWN_BYTES = 8;
const COUNTERS = 4;

/** What the visitors know together, beside the emulator: the model. */
export class World {
  /** Increments made under a lease, by counter. */
  readonly increments: number[] = Array.from({ length: COUNTERS }, () => 0);
  /** Who was told to have made each contested directory. */
  readonly makers = new Map<string, number[]>();
  /** By visitor: the number last answered and the number last sent, in the first and in the second shared file. */
  readonly written = Array.from({ length: VISITORS }, () => ({ first: [0, 0], second: [0, 0] }));
  readonly snapshots: { readonly at: string; readonly first: Buffer; readonly second: Buffer }[] = [];
  readonly wrong: string[] = [];
}

export const bytesOf = (owner: number) => ({ start: owner * OWN_BYTES, end: (owner + 1) * OWN_BYTES - 1 });

/** Number of an owner in the content of a shared file; the second half repeats it, so that a torn write shows. */
export function numberIn(content: Buffer, owner: number): number {
  const [number, again] = [content.readUInt32LE(owner * OWN_BYTES), content.readUInt32LE(owner * OWN_BYTES + 4)];
  return number === again ? number : -1;
}

const ACTIONS = [
  ...(['make', 'make', 'rewrite', 'rename', 'remove', 'look', 'list'] as const),
  ...(['writePair', 'writePair', 'writePair', 'increment', 'contest'] as const),
];

/** One client of the crowd: random operations, each compared with what the model allows. */
export class Visitor {
  readonly index: number;
  /** Own files and what they hold. Nobody else touches them. */
  readonly files = new Map<string, string>();
  private readonly client: SignedClient;
  private readonly world: World;
  private readonly chance: Chance;
  private serial = 0;

  constructor(index: number, surroundings: { client: SignedClient; world: World; chance: Chance }) {
    this.index = index;
    this.client = surroundings.client;
    this.world = surroundings.world;
    this.chance = surroundings.chance;
  }

  get folder(): string {
    return `${SHARE}/v${this.index}`;
  }

  async act(): Promise<void> {
    const actions = this.index % 8 === 0 ? [...ACTIONS, 'takeSnapshot' as const] : ACTIONS;
    const action = actions[this.chance(actions.length)] ?? 'look';
    await this[action]();
  }

  private async call(method: string, path: string, status: number, call: SignedCall = {}): Promise<SignedAnswer> {
    const answer = await this.client.call(method, path, call);
    if (answer.status !== status) this.complain(`${method} ${path}: ${answer.status} ${answer.code}, not ${status}`);
    return answer;
  }

  private complain(text: string): void {
    this.world.wrong.push(`v${this.index}: ${text}`);
  }

  private someFile(): string | undefined {
    return [...this.files.keys()][this.chance(Math.max(1, this.files.size))];
  }

  private async put(name: string, text: string): Promise<void> {
    const headers = { 'x-ms-type': 'file', 'x-ms-content-length': String(text.length) };
    await this.call('PUT', `${this.folder}/${name}`, 201, { headers });
    await this.write(`${this.folder}/${name}`, 0, Buffer.from(text));
    this.files.set(name, text);
  }

  private async write(path: string, start: number, body: Buffer, headers: Record<string, string> = {}): Promise<void> {
    const range = { 'x-ms-write': 'update', 'x-ms-range': `bytes=${start}-${start + body.length - 1}` };
    await this.call('PUT', `${path}?comp=range`, 201, { headers: { ...headers, ...range }, body });
  }

  private async make(): Promise<void> {
    this.serial += 1;
    await this.put(`f${this.serial}`, `made ${this.index}/${this.serial}`);
  }

  private async rewrite(): Promise<void> {
    const name = this.someFile();
    this.serial += 1;
    if (name !== undefined) await this.put(name, `rewritten ${this.serial}`);
  }

  private async rename(): Promise<void> {
    const name = this.someFile();
    if (name === undefined) return;
    this.serial += 1;
    const headers = { 'x-ms-file-rename-source': `http://127.0.0.1${this.folder}/${name}` };
    await this.call('PUT', `${this.folder}/r${this.serial}?comp=rename`, 200, { headers });
    this.files.set(`r${this.serial}`, this.files.get(name) ?? '');
    this.files.delete(name);
  }

  private async remove(): Promise<void> {
    const name = this.someFile();
    if (name === undefined || this.files.size < 4) return;
    await this.call('DELETE', `${this.folder}/${name}`, 202);
    this.files.delete(name);
  }

  private async look(): Promise<void> {
    const name = this.someFile();
    if (name === undefined) return;
    const { body } = await this.call('GET', `${this.folder}/${name}`, 200);
    if (body.toString() !== this.files.get(name)) this.complain(`${name} holds '${body.toString()}'`);
  }

  async list(): Promise<void> {
    const { body } = await this.call('GET', `${this.folder}?comp=list&restype=directory`, 200);
    const names = [...body.toString().matchAll(/<Name>([^<]*)<\/Name>/gu)].map(([, name]) => name ?? '');
    const expected = [...this.files.keys()].toSorted();
    if (names.toSorted().join() !== expected.join()) this.complain(`${names.join()} instead of ${expected.join()}`);
  }

  /** First the first file, when that is answered the second: no moment shows the second ahead, or two steps behind. */
  private async writePair(): Promise<void> {
    const written = this.world.written[this.index];
    if (written === undefined) return;
    const number = (written.first[0] ?? 0) + 1;
    const body = Buffer.alloc(OWN_BYTES);
    body.writeUInt32LE(number);
    body.writeUInt32LE(number, 4);
    const { start } = bytesOf(this.index);
    for (const [file, known] of [
      ['first', written.first],
      ['second', written.second],
    ] as const) {
      known[1] = number;
      await this.write(`${SHARE}/${file}`, start, body);
      known[0] = number;
    }
  }

  /** Reads and writes a shared number while holding the file's lease. */
  private async increment(): Promise<void> {
    const counter = this.chance(COUNTERS);
    const path = `${SHARE}/counter${counter}`;
    const acquire = { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' };
    const leased = await this.client.call('PUT', `${path}?comp=lease`, { headers: acquire });
    if (leased.status !== 201) {
      if (leased.code !== 'LeaseAlreadyPresent') this.complain(`lease: ${leased.status} ${leased.code}`);
      return;
    }
    const lease = { 'x-ms-lease-id': String(leased.headers['x-ms-lease-id']) };
    const { body } = await this.call('GET', path, 200);
    const next = Buffer.alloc(8);
    next.writeBigUInt64LE(body.readBigUInt64LE() + 1n);
    await this.write(path, 0, next, lease);
    this.world.increments[counter] = (this.world.increments[counter] ?? 0) + 1;
    await this.call('PUT', `${path}?comp=lease`, 200, { headers: { ...lease, 'x-ms-lease-action': 'release' } });
  }

  /** Many want to make the same directory: one is told that it did. */
  private async contest(): Promise<void> {
    const name = `contest${this.chance(200)}`;
    const answer = await this.client.call('PUT', `${SHARE}/${name}?restype=directory`);
    if (answer.status === 201) {
      this.world.makers.set(name, [...(this.world.makers.get(name) ?? []), this.index]);
    } else if (answer.code !== 'ResourceAlreadyExists') {
      this.complain(`${name}: ${answer.status} ${answer.code}`);
    }
  }

  /** Takes a snapshot, and looks whether it shows one moment between the request and its answer. */
  private async takeSnapshot(): Promise<void> {
    const least = this.world.written.map(({ first, second }) => [first[0] ?? 0, second[0] ?? 0]);
    const answer = await this.call('PUT', `${SHARE}?restype=share&comp=snapshot`, 201);
    const most = this.world.written.map(({ first, second }) => [first[1] ?? 0, second[1] ?? 0]);
    const at = String(answer.headers['x-ms-snapshot']);
    const [first, second] = [await this.contentIn(at, 'first'), await this.contentIn(at, 'second')];
    this.world.snapshots.push({ at, first, second });
    for (let owner = 0; owner < VISITORS; owner += 1) {
      const numbers = [numberIn(first, owner), numberIn(second, owner)];
      const [ahead = 0, behind = 0] = numbers;
      const isWithin = numbers.every(
        (number, file) => number >= (least[owner]?.[file] ?? 0) && number <= (most[owner]?.[file] ?? 0),
      );
      if (!isWithin || behind > ahead || behind < ahead - 1) this.complain(`torn ${at}: ${owner} ${numbers.join()}`);
    }
  }

  async contentIn(snapshot: string | undefined, file: string): Promise<Buffer> {
    const query = snapshot === undefined ? '' : `?sharesnapshot=${encodeURIComponent(snapshot)}`;
    return (await this.call('GET', `${SHARE}/${file}${query}`, 200)).body;
  }
}

/** Makes what the visitors find. */
export async function prepareWorld(client: SignedClient): Promise<void> {
  await client.call('PUT', `${SHARE}?restype=share`);
  const file = (bytes: number) => ({ headers: { 'x-ms-type': 'file', 'x-ms-content-length': String(bytes) } });
  await client.call('PUT', `${SHARE}/first`, file(VISITORS * OWN_BYTES));
  await client.call('PUT', `${SHARE}/second`, file(VISITORS * OWN_BYTES));
  for (let counter = 0; counter < COUNTERS; counter += 1)
    await client.call('PUT', `${SHARE}/counter${counter}`, file(8));
  for (let index = 0; index < VISITORS; index += 1) await client.call('PUT', `${SHARE}/v${index}?restype=directory`);
}
