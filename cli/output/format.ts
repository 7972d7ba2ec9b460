/** Figures and tables for people. */
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export const formatCount = (count: number): string => count.toLocaleString('en-US');

export function formatBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? String(bytes) : value.toFixed(1)} ${units[power]}`;
}

export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** To the second: `2026-11-20T03:00:00Z`. */
export const formatTime = (iso: string): string => iso.replace(/\.\d+Z$/u, 'Z');

/** Columns padded to their widest cell, two blanks between; the last one is cut where the line ends. */
export function formatTable(rows: readonly (readonly string[])[], width = 80): string {
  return linesOf(rows)
    .map((line) => `${line.length > width ? `${line.slice(0, width - 1)}…` : line}\n`)
    .join('');
}

function linesOf(rows: readonly (readonly string[])[]): readonly string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * A table whose first row names its columns. Where the terminal is too narrow for it, nothing is cut: each row becomes some lines,
 * its first cell and beneath it the others with their names.
 */
export function formatList(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const lines = linesOf([head, ...rows]);
  if (lines.every((line) => line.length <= width)) return lines.map((line) => `${line}\n`).join('');
  const label = Math.max(...head.slice(1).map((name) => name.length));
  const cells = (row: readonly string[]): string =>
    row
      .slice(1)
      .map((cell, at) => (cell === '' ? '' : `  ${(head[at + 1] ?? '').toLowerCase().padEnd(label)}  ${cell}\n`))
      .join('');
  return rows.map((row) => `${row[0] ?? ''}\n${cells(row)}`).join('');
}

/** Labels with their texts beside them, which go on in further lines; beneath them where the labels take too much room. */
export function formatTexts(rows: readonly (readonly [label: string, text: string])[], width: number): string {
  const widest = Math.max(0, ...rows.map(([label]) => label.length));
  const isBeneath = widest > width / 2;
  const indent = isBeneath ? 6 : widest + 2;
  return rows
    .map(([label, text]) => {
      const [first = '', ...more] = wrapText(text, width - indent);
      const beneath = [...(isBeneath ? [first] : []), ...more].map((line) => `${' '.repeat(indent)}${line}\n`);
      return `${isBeneath ? label : `${label.padEnd(indent)}${first}`.trimEnd()}\n${beneath.join('')}`;
    })
    .join('');
}

/** Lines of whole words. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
