import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { InvocationInput } from './invoker.ts';
import type { TypedData } from './rpc.ts';

export type MessageEncoding = 'base64' | 'none';

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text of a message for the queue. */
export function encodeMessage(text: string, encoding: MessageEncoding): string {
  return encoding === 'base64' ? Buffer.from(text).toString('base64') : text;
}

/** The body, or undefined when it is not in the encoding that host.json demands. */
export function decodeMessage(text: string, encoding: MessageEncoding): string | undefined {
  if (encoding === 'none') return text;
  return base64.test(text) ? Buffer.from(text, 'base64').toString() : undefined;
}

/**
 * The handler's input and trigger metadata. The library parses the string, so JSON arrives as its value. Top-level
 * properties of a JSON object are mixed into the metadata and win over its own names, whatever their case; arrays and
 * nulls are left out, booleans are 'True' and 'False' (all as observed of the real host).
 */
export function queueInput(message: DequeuedMessageItem, body: string): InvocationInput {
  const metadata: Record<string, TypedData> = {
    QueueTrigger: { string: body },
    Id: { string: message.messageId },
    DequeueCount: { int: message.dequeueCount },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: instant(message.insertedOn),
    ExpirationTime: instant(message.expiresOn),
    NextVisibleTime: instant(message.nextVisibleOn),
  };
  for (const [name, value] of Object.entries(topLevelProperties(body))) {
    const own = Object.keys(metadata).find((key) => key.toLowerCase() === name.toLowerCase());
    metadata[own ?? name] = value;
  }
  return { data: { string: body }, triggerMetadata: metadata };
}

function instant(time: Date): TypedData {
  return { json: JSON.stringify(time.toISOString().replace('Z', '+00:00')) };
}

function topLevelProperties(body: string): Record<string, TypedData> {
  const properties: Record<string, TypedData> = {};
  const parsed = parseObject(body);
  for (const [name, value] of Object.entries(parsed ?? {})) {
    if (value === null || Array.isArray(value)) continue;
    if (typeof value === 'object') properties[name] = { json: JSON.stringify(value) };
    else if (typeof value === 'boolean') properties[name] = { string: value ? 'True' : 'False' };
    else properties[name] = { string: String(value) };
  }
  return properties;
}

function parseObject(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
