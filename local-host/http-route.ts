import { HostError } from './host-error.ts';

/** A parsed route template such as `jobs/{job}/runs/{run:guid?}`. */
export interface Route {
  template: string;
  segments: Segment[];
}

type Segment = { literal: string } | { parameter: string; isOptional: boolean; isCatchAll: boolean; tests: Test[] };
type Test = (value: string) => boolean;

const plainConstraints: Record<string, RegExp> = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  bool: /^(?:true|false)$/i,
  guid: /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i,
  alpha: /^[a-z]*$/i,
  decimal: /^-?\d+(?:\.\d+)?$/,
  double: /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i,
  float: /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i,
  required: /./,
};

const argumentConstraints: Record<string, (argument: string) => Test> = {
  length: (argument) => {
    const [least = 0, most = least] = argument.split(',').map(Number);
    return (value) => value.length >= least && value.length <= most;
  },
  minlength: (argument) => (value) => value.length >= Number(argument),
  maxlength: (argument) => (value) => value.length <= Number(argument),
  min: (argument) => (value) => /^-?\d+$/.test(value) && Number(value) >= Number(argument),
  max: (argument) => (value) => /^-?\d+$/.test(value) && Number(value) <= Number(argument),
  range: (argument) => {
    const [least = 0, most = 0] = argument.split(',').map(Number);
    return (value) => /^-?\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
  },
  regex: (argument) => {
    const pattern = new RegExp(argument.replaceAll('{{', '{').replaceAll('}}', '}'), 'i');
    return (value) => pattern.test(value);
  },
};

/** Parses an ASP.NET route template of whole-segment parameters; throws HostError for what it cannot match. */
export function parseRoute(template: string): Route {
  const segments = splitSegments(template).map((segment) => parseSegment(segment, template));
  return { template, segments };
}

/** Slashes inside a parameter (a regex constraint) do not split. */
function splitSegments(template: string): string[] {
  return (template.match(/(?:\{(?:\{\{|\}\}|[^{}])*\}|[^/])+/g) ?? []).map(String);
}

function parseSegment(segment: string, template: string): Segment {
  const inside = /^\{(.+)\}$/.exec(segment)?.[1];
  if (inside === undefined) {
    if (/[{}]/.test(segment)) throw new HostError([`route '${template}': a parameter must be a whole segment`]);
    return { literal: decodeURIComponent(segment).toLowerCase() };
  }
  const match = /^(\*{0,2})(\w+)((?::[A-Za-z]+(?:\((?:.*?)\)(?=$|:|\?$))?)*)(\?)?$/.exec(inside);
  if (!match) throw new HostError([`route '${template}': cannot read '${segment}'`]);
  const [, stars = '', parameter = '', constraints = '', optional] = match;
  const tests = [...constraints.matchAll(/:([A-Za-z]+)(?:\((.*?)\)(?=$|:))?/g)].map(([, name = '', argument]) =>
    constraint(name.toLowerCase(), argument, template),
  );
  return { parameter, isOptional: optional !== undefined, isCatchAll: stars !== '', tests };
}

function constraint(name: string, argument: string | undefined, template: string): Test {
  const pattern = plainConstraints[name];
  if (pattern) return (value) => pattern.test(value);
  if (name === 'datetime') return (value) => !Number.isNaN(Date.parse(value));
  const make = argumentConstraints[name];
  if (make && argument !== undefined) return make(argument);
  throw new HostError([`route '${template}': unknown constraint '${name}'`]);
}

/** Route parameters when `path` (encoded, without prefix) matches, else undefined. Literals are compared without case. */
export function matchRoute(route: Route, path: string): Record<string, string> | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const parameters: Record<string, string> = {};
  let position = 0;
  for (const segment of route.segments) {
    if ('literal' in segment) {
      if (decoded(parts[position])?.toLowerCase() !== segment.literal) return undefined;
      position++;
      continue;
    }
    const rest = segment.isCatchAll ? parts.slice(position) : parts.slice(position, position + 1);
    if (rest.length === 0 && !segment.isOptional && !segment.isCatchAll) return undefined;
    position += rest.length;
    if (rest.length === 0) continue;
    const value = rest.map((part) => decoded(part) ?? part).join('/');
    if (!segment.tests.every((test) => test(value))) return undefined;
    parameters[segment.parameter] = value;
  }
  return position === parts.length ? parameters : undefined;
}

function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Sorts more specific routes first: literals before constrained parameters before plain ones before catch-alls. */
export function compareRoutes(a: Route, b: Route): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a.segments[index]) - rank(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rank(segment: Segment | undefined): number {
  if (!segment) return 5;
  if ('literal' in segment) return 0;
  if (segment.isCatchAll) return 4;
  return (segment.tests.length > 0 ? 1 : 2) + (segment.isOptional ? 1 : 0);
}
