/**
 * What host and worker say to each other. The request, response and metadata shapes are those of the real host's RPC as
 * far as `@azure/functions` 4.16.5 reads and writes them (its src/converters); the envelopes around them are our own.
 */
export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
}

export interface HttpData {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: TypedData | null;
  statusCode?: string;
  cookies?: Cookie[];
}

export interface Cookie {
  name: string;
  value: string;
  domain?: { value: string };
  path?: { value: string };
  expires?: { value: { seconds: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: { value: number };
}

export interface Binding {
  type: string;
  direction: 'in' | 'out';
  [property: string]: unknown;
}

export interface RetryOptions {
  /** -1 is without end. */
  maxRetryCount?: number;
  retryStrategy?: 'fixedDelay' | 'exponentialBackoff';
  delayInterval?: { seconds: number };
  minimumInterval?: { seconds: number };
  maximumInterval?: { seconds: number };
}

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, Binding>;
  retryOptions?: RetryOptions;
}

export interface NamedData {
  name: string;
  data: TypedData | null | undefined;
}

export interface InvocationRequest {
  invocationId: string;
  inputData: NamedData[];
  triggerMetadata?: Record<string, TypedData>;
  retryContext?: { retryCount: number; maxRetryCount: number; exception?: { message: string } };
}

export interface InvocationResponse {
  outputData?: NamedData[];
  returnValue?: TypedData | null;
}

export type HostMessage =
  | { kind: 'start'; appRoot: string }
  | { kind: 'invoke'; functionName: string; request: InvocationRequest }
  | { kind: 'terminate' };

export type WorkerMessage =
  | { kind: 'started'; functions: FunctionMetadata[]; capabilities: Record<string, string> }
  | { kind: 'startFailed'; message: string }
  | { kind: 'log'; level: string; message: string; functionName?: string; invocationId?: string }
  | { kind: 'succeeded'; invocationId: string; response: InvocationResponse }
  | { kind: 'failed'; invocationId: string; message: string };
