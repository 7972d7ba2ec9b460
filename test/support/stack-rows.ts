import { TableClient } from '@azure/data-tables';

/** The ids of the shards of a run that have rows in the app's table, ended ones included. */
export async function shardsOf(storage: string, runId: string): Promise<string[]> {
  const table = TableClient.fromConnectionString(storage, 'farshare', { allowInsecureConnection: true });
  const filter = `PartitionKey eq 'run.${runId}' and RowKey ge 's-' and RowKey lt 's~'`;
  const ids: string[] = [];
  for await (const { rowKey } of table.listEntities({ queryOptions: { filter } })) ids.push(String(rowKey).slice(2));
  return ids;
}
