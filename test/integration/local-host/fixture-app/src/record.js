import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';

/** Where the tests read what the functions did: one file a name, one JSON document a line. */
export async function record(name, value) {
  await appendFile(join(env.FIXTURE_RECORDS, `${name}.jsonl`), `${JSON.stringify(value)}\n`);
}

let count = 0;

/** Records how many run at once. */
export async function running(name, work) {
  count++;
  await record(`${name}-running`, { count });
  try {
    await work();
  } finally {
    count--;
  }
}
