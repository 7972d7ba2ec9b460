/** Requests by operation of each account, and bytes, as the Files emulator counts them. */
export interface Traffic {
  accounts: Record<string, Record<string, number>>;
  bytesIn: number;
  bytesOut: number;
  bytesCopied: number;
}

interface StatsDocument {
  accounts: Record<string, Record<string, Record<string, number>>>;
  bytesIn: number;
  bytesOut: number;
  bytesCopied: number;
}

export async function readTraffic(emulatorUrl: string): Promise<Traffic> {
  const response = await fetch(`${emulatorUrl}/_emulator/stats`);
  const { accounts, bytesIn, bytesOut, bytesCopied } = (await response.json()) as StatsDocument;
  const counted = mapValues(accounts, (operations) =>
    mapValues(operations, (statuses) => Object.values(statuses).reduce((sum, count) => sum + count, 0)),
  );
  return { accounts: counted, bytesIn, bytesOut, bytesCopied };
}

/** What happened between two readings. */
export function trafficBetween(before: Traffic, after: Traffic): Traffic {
  return {
    accounts: mapValues(after.accounts, (operations, account) =>
      mapValues(operations, (count, operation) => count - (before.accounts[account]?.[operation] ?? 0)),
    ),
    bytesIn: after.bytesIn - before.bytesIn,
    bytesOut: after.bytesOut - before.bytesOut,
    bytesCopied: after.bytesCopied - before.bytesCopied,
  };
}

function mapValues<Value, Mapped>(
  record: Record<string, Value>,
  map: (value: Value, key: string) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
