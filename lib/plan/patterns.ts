import { foldName } from './names.ts';

/**
 * Which paths are backed up. Paths are relative to the job's `source.path`, `''` is its root. Exclude beats include.
 *
 * `directory` says how much of what is beneath is selected. A directory is itself selected unless it answers `none`: with
 * `some` it is made even if nothing in it turns out to be selected.
 */
export interface Patterns {
  file(path: string): boolean;
  directory(path: string): 'all' | 'some' | 'none';
}

/**
 * Patterns are `/`-separated and case-insensitive: `*` and `?` stay within a component, `**` as a component stands for any
 * number of them (also none, except at the end). A pattern that matches a directory covers what is beneath.
 */
export function compilePatterns(include: readonly string[], exclude: readonly string[]): Patterns {
  const [included, excluded] = [include.map(compilePattern), exclude.map(compilePattern)];
  return {
    file: (path) => {
      const parts = componentsOf(path);
      return !excluded.some((pattern) => pattern(parts).matches) && included.some((pattern) => pattern(parts).matches);
    },
    directory: (path) => {
      const parts = componentsOf(path);
      const [kept, left] = [included.map((pattern) => pattern(parts)), excluded.map((pattern) => pattern(parts))];
      if (left.some((match) => match.matches) || !kept.some((match) => match.mayMatchBeneath)) return 'none';
      const isWhole = kept.some((match) => match.matchesAllBeneath) && !left.some((match) => match.mayMatchBeneath);
      return isWhole ? 'all' : 'some';
    },
  };
}

interface Match {
  /** The path itself, or a directory above it, is matched. */
  readonly matches: boolean;
  readonly matchesAllBeneath: boolean;
  readonly mayMatchBeneath: boolean;
}

type Pattern = (parts: readonly string[]) => Match;

const componentsOf = (path: string): readonly string[] =>
  foldName(path)
    .split('/')
    .filter((part) => part !== '');

/** Follows every way to lay the pattern over the path: `positions` are the pattern's components that may come next. */
function compilePattern(pattern: string): Pattern {
  const components = componentsOf(pattern)
    .filter((component, index, all) => component !== '**' || all[index - 1] !== '**')
    .map((component) => (component === '**' ? '**' : compileComponent(component)));
  const end = components.length;
  const isLastStar = (position: number) => components[position] === '**' && position === end - 1;
  const start = skipStars(new Set([0]), components);
  return (parts) => {
    let positions = start;
    for (const part of parts) {
      positions = skipStars(step(positions, part, components), components);
      if (positions.has(end)) return { matches: true, matchesAllBeneath: true, mayMatchBeneath: true };
    }
    const matchesAllBeneath = [...positions].some(isLastStar);
    return { matches: false, matchesAllBeneath, mayMatchBeneath: positions.size > 0 };
  };
}

type Component = '**' | RegExp;

function step(positions: ReadonlySet<number>, part: string, components: readonly Component[]): ReadonlySet<number> {
  const next = new Set<number>();
  for (const position of positions) {
    const component = components[position];
    if (component === '**') next.add(position === components.length - 1 ? components.length : position);
    else if (component?.test(part) === true) next.add(position + 1);
  }
  return next;
}

/** A `**` that is not the last may stand for nothing. */
function skipStars(positions: ReadonlySet<number>, components: readonly Component[]): ReadonlySet<number> {
  const further = [...positions].filter((at) => components[at] === '**' && at < components.length - 1);
  return new Set([...positions, ...further.map((at) => at + 1)]);
}

const compileComponent = (component: string): RegExp => {
  const source = component
    .replace(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replace(/\*+/gu, '.*')
    .replace(/\?/gu, '.');
  // Without the u flag `?` is one UTF-16 unit, as everywhere in names.
  return new RegExp(`^${source}$`, 's'); // oxlint-disable-line require-unicode-regexp
};
