/**
 * What core-rest-pipeline does not show, taken from Node's agents: the moment in which a request goes out, and headers without a value.
 *
 * In that moment the leave to write is asked for, and the request counted. Between the call that makes a request and its first byte
 * others are made and signed, and sockets are connected; a worker that is frozen meanwhile must not send, when it thaws, what it had
 * leave for before.
 */
import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Called as the request goes out; what it throws keeps the request from going. */
export type OnLeaving = () => void;

/** Sends and answers as an HttpClient does; fails with what `onLeaving` throws. */
export type LeavingClient = (request: PipelineRequest, onLeaving: OnLeaving) => Promise<PipelineResponse>;

/** Of a client of which no more is known than that it sends. */
export function leavingAtOnce(client: HttpClient): LeavingClient {
  return async (request, onLeaving) => {
    onLeaving();
    return client.sendRequest(request);
  };
}

/** Of a client that sends by Node's agents: those of the requests must be `withLeave`. */
export function leavingByAgent(client: HttpClient): LeavingClient {
  return async (request, onLeaving) => {
    let refusal: { readonly reason: unknown } | undefined;
    let answer: IncomingMessage | undefined;
    request.requestOverrides = {
      onAnswer: (message) => void (answer = message),
      onLeaving() {
        try {
          onLeaving();
        } catch (error) {
          refusal = { reason: error };
          throw error;
        }
      },
    } satisfies LeavingOptions;
    try {
      const response = await client.sendRequest(request);
      keepEmptyMetadata(response, answer);
      return response;
    } catch (error) {
      throw refusal === undefined ? error : refusal.reason;
    }
  };
}

/** core-rest-pipeline leaves out headers without a value; a name of metadata may have none. */
function keepEmptyMetadata({ headers }: PipelineResponse, answer: IncomingMessage | undefined): void {
  for (const [name, value] of Object.entries(answer?.headers ?? {})) {
    if (value === '' && name.startsWith('x-ms-meta-')) headers.set(name, '');
  }
}

/** What Node's agents are given besides their own options. */
interface LeavingOptions {
  readonly onLeaving?: OnLeaving;
  readonly onAnswer?: (answer: IncomingMessage) => void;
}

/** Agents are given each request before it has a socket; their types do not say so. */
type RequestTaker = HttpAgent & { addRequest(request: ClientRequest, options: LeavingOptions, ...of: unknown[]): void };

export function withLeave<T extends HttpAgent>(agent: T): T {
  const taker = agent as unknown as RequestTaker;
  const addRequest = taker.addRequest.bind(agent);
  taker.addRequest = (request, options, ...of) => {
    const { onLeaving, onAnswer } = options;
    if (onAnswer !== undefined) request.once('response', onAnswer);
    if (onLeaving !== undefined) request.once('socket', (socket) => askWhenReady(request, socket, onLeaving));
    addRequest(request, options, ...of);
  };
  return agent;
}

/** Node writes the request as soon as this returns, or else when the socket is connected, for which it listens after us. */
function askWhenReady(request: ClientRequest, socket: Duplex, onLeaving: OnLeaving): void {
  const ask = () => {
    try {
      onLeaving();
    } catch (error) {
      request.destroy(error as Error);
    }
  };
  const event = awaitedBy(socket);
  if (event === undefined) ask();
  else socket.prependOnceListener(event, ask);
}

function awaitedBy(socket: Duplex & { connecting?: boolean; secureConnecting?: boolean }) {
  if (socket.secureConnecting === true) return 'secureConnect';
  return socket.connecting === true ? 'connect' : undefined;
}
