import { createRequire } from 'node:module';
import { SETTING } from '../settings.ts';

/** Stands in for `@azure-tools/test-utils-vitest`: the value of a generator's step that is not its last. */
export function getYieldedValue<T>(step: IteratorResult<T>): T {
  if (step.done === true) throw new Error('Expected one more value.');
  return step.value;
}

type Span = { name: string; parent: Span | undefined; isEnded: boolean };
type Context = { getValue: (key: symbol) => unknown; setValue: (key: symbol, value: unknown) => Context };
type Tracing = { useInstrumenter: (instrumenter: unknown) => void };

const SPAN = Symbol('span');

function contextOf(values: ReadonlyMap<symbol, unknown>): Context & { deleteValue: (key: symbol) => Context } {
  return {
    getValue: (key) => values.get(key),
    setValue: (key, value) => contextOf(new Map([...values, [key, value]])),
    deleteValue: (key) => contextOf(new Map([...values].filter(([each]) => each !== key))),
  };
}

function recordSpans() {
  const spans: Span[] = [];
  const startSpan = (name: string, options?: { tracingContext?: Context }) => {
    const context = options?.tracingContext ?? contextOf(new Map());
    const recorded: Span = { name, parent: context.getValue(SPAN) as Span | undefined, isEnded: false };
    spans.push(recorded);
    const span = {
      end: () => void (recorded.isEnded = true),
      ...{ setAttribute: () => {}, setStatus: () => {}, recordException: () => {}, addEvent: () => {} },
      isRecording: () => true,
    };
    return { span, tracingContext: context.setValue(SPAN, recorded) };
  };
  const withContext = (_context: Context, callback: (...values: unknown[]) => unknown, ...values: unknown[]) =>
    callback(...values);
  const parseTraceparentHeader = () => undefined;
  return { spans, startSpan, withContext, parseTraceparentHeader, createRequestHeaders: () => ({}) };
}

/** The matcher `toSupportTracing`: a call opens exactly the named spans under its caller's, and closes every span. */
export async function toSupportTracing(
  callback: (options: object) => Promise<unknown>,
  expected: string[],
  options?: object,
  thisArgument?: unknown,
): Promise<{ pass: boolean; message: () => string }> {
  const load = createRequire(process.env[SETTING.sdkPackage] ?? '');
  const { useInstrumenter } = load('@azure/core-tracing') as Tracing;
  const instrumenter = recordSpans();
  useInstrumenter(instrumenter);
  try {
    const { span, tracingContext } = instrumenter.startSpan('root');
    await callback.call(thisArgument, { ...options, tracingOptions: { tracingContext } });
    span.end();
  } finally {
    useInstrumenter(undefined);
  }
  const root = instrumenter.spans[0];
  const children = new Set(
    instrumenter.spans.filter((each) => each.parent === root && each !== root).map((s) => s.name),
  );
  const open = instrumenter.spans.filter(({ isEnded }) => !isEnded).map(({ name }) => name);
  const pass = open.length === 0 && children.size === expected.length && expected.every((name) => children.has(name));
  return {
    pass,
    message: () => `Spans: expected ${expected.join()}, saw ${[...children].join()}, open ${open.join()}`,
  };
}
