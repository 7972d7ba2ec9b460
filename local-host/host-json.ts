import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from './host-error.ts';

/** host.json as far as this host honours it, with the real host's defaults; times in milliseconds. */
export interface HostJson {
  /** undefined: without limit ("-1"). */
  functionTimeoutMs: number | undefined;
  hasExtensionBundle: boolean;
  routePrefix: string;
  queues: QueueSettings;
}

/** host.json `extensions.queues`. */
export interface QueueSettings {
  batchSize: number;
  newBatchThreshold: number;
  maxDequeueCount: number;
  /** How long a failed message stays invisible before its next attempt. */
  visibilityTimeoutMs: number;
  maxPollingIntervalMs: number;
  messageEncoding: 'base64' | 'none';
}

type Json = Record<string, unknown>;
const minPollingIntervalMs = 100;

/** Reads APP/host.json; throws HostError for what the real host refuses. See parseHostJson for `settings`. */
export function readHostJson(appRoot: string, settings: Readonly<Record<string, string | undefined>>): HostJson {
  let text: string;
  try {
    text = readFileSync(join(appRoot, 'host.json'), 'utf8');
  } catch {
    throw new HostError([`No host.json in ${appRoot}: is this the root of a Functions app?`]);
  }
  return parseHostJson(text, settings);
}

/**
 * Parses the text of host.json. App settings named `AzureFunctionsJobHost__extensions__queues__batchSize` and the like
 * override its values: https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values
 */
export function parseHostJson(text: string, settings: Readonly<Record<string, string | undefined>> = {}): HostJson {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new HostError([`host.json is not JSON: ${String(error)}`]);
  }
  if (json['version'] !== '2.0') throw new HostError([`host.json must have "version": "2.0"`]);
  for (const [name, value] of Object.entries(settings)) override(json, name, value);
  const problems: string[] = [];
  const extensions = section(json, 'extensions');
  const bundle = section(json, 'extensionBundle');
  const parsed: HostJson = {
    functionTimeoutMs: functionTimeout(json['functionTimeout'], problems),
    hasExtensionBundle: typeof bundle['id'] === 'string' && typeof bundle['version'] === 'string',
    routePrefix: routePrefix(section(extensions, 'http')['routePrefix']),
    queues: queueSettings(section(extensions, 'queues'), problems),
  };
  if (problems.length > 0) throw new HostError(problems);
  return parsed;
}

const overridePrefix = 'azurefunctionsjobhost__';

function override(json: Json, name: string, value: string | undefined): void {
  if (value === undefined || !name.toLowerCase().startsWith(overridePrefix)) return;
  const path = name.slice(overridePrefix.length).split('__');
  const property = path.pop() ?? '';
  let place = json;
  for (const step of path) {
    const inner = section(place, step);
    place[step] = inner;
    place = inner;
  }
  place[property] = /^-?\d+$/.test(value) ? Number(value) : value;
}

function section(json: Json, name: string): Json {
  const value = json[name];
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function routePrefix(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll(/^\/+|\/+$/g, '') : 'api';
}

function functionTimeout(value: unknown, problems: string[]): number | undefined {
  if (value === '-1' || value === -1) return undefined;
  return duration('functionTimeout', value ?? '00:30:00', problems);
}

function queueSettings(json: Json, problems: string[]): QueueSettings {
  const at = (name: string) => `extensions.queues.${name}`;
  const batchSize = integer(at('batchSize'), json['batchSize'] ?? 16, [1, 32], problems);
  const named = json['messageEncoding'] ?? 'base64';
  const encoding = typeof named === 'string' ? named.toLowerCase() : '';
  if (encoding !== 'base64' && encoding !== 'none') problems.push(`${at('messageEncoding')} must be base64 or none`);
  const polling = duration(at('maxPollingInterval'), json['maxPollingInterval'] ?? '00:01:00', problems);
  const threshold = json['newBatchThreshold'] ?? Math.floor(batchSize / 2);
  return {
    batchSize,
    newBatchThreshold: integer(at('newBatchThreshold'), threshold, [0, 1000], problems),
    maxDequeueCount: integer(at('maxDequeueCount'), json['maxDequeueCount'] ?? 5, [1, 1_000_000], problems),
    visibilityTimeoutMs: duration(at('visibilityTimeout'), json['visibilityTimeout'] ?? '00:00:00', problems),
    maxPollingIntervalMs: Math.max(minPollingIntervalMs, polling),
    messageEncoding: encoding === 'none' ? 'none' : 'base64',
  };
}

function integer(path: string, value: unknown, [least, most]: [number, number], problems: string[]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  problems.push(`host.json ${path} must be a whole number from ${least} to ${most}`);
  return least;
}

/** A .NET TimeSpan `[d.]hh:mm:ss[.fff]` in milliseconds; a bare number counts milliseconds, as the extension reads it. */
function duration(path: string, value: unknown, problems: string[]): number {
  if (typeof value === 'number' && value >= 0) return value;
  const match = typeof value === 'string' ? /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(value) : null;
  if (match) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  }
  problems.push(`host.json ${path} must be a time like "00:05:00"`);
  return 0;
}
