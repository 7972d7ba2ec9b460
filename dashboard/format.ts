/** Figures and times as people read them. Pure: what is "now" is handed in. */

const bytesUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 1536 → `1.5 KiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), bytesUnits.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)} ${bytesUnits[power]}`;
}

export const countText = (count: number): string => count.toLocaleString('en');

/** `1 file`, `2 files`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;

const spans: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** The two largest units: `3 d 4 h`, `12 min`, `8 s`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const first = spans.findIndex(([size]) => whole >= size);
  if (first < 0) return '0 s';
  const [size, unit] = spans[first] ?? [1, 's'];
  const [nextSize, nextUnit] = spans[first + 1] ?? [1, ''];
  const rest = Math.floor((whole % size) / nextSize);
  const text = `${Math.floor(whole / size)} ${unit}`;
  return nextUnit !== '' && nextUnit !== 's' && rest > 0 ? `${text} ${rest} ${nextUnit}` : text;
}

export const secondsBetween = (from: string, to: string | number): number =>
  (new Date(to).getTime() - new Date(from).getTime()) / 1000;

const dateTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** In the reader's time zone. Snapshots have seven digits of seconds, of which Date reads three. */
export const dateTimeText = (instant: string): string => dateTime.format(new Date(instant));

export function percentText(percent: number): string {
  if (percent > 0 && percent < 1) return '< 1 %';
  // Not all is not 100.
  return `${percent >= 100 ? 100 : Math.min(99, Math.round(percent))} %`;
}

/** `0 0 3 * * *` and continuous mode in words where they are simple, else as they are. */
export function scheduleText(schedule: unknown): string {
  if (schedule === undefined || schedule === null) return 'on demand';
  if (typeof schedule === 'string') return schedule;
  const { continuous, sealEvery } = schedule as { continuous: string; sealEvery?: string };
  return `continuous, every ${continuous}${sealEvery === undefined ? '' : `, sealed every ${sealEvery}`}`;
}
