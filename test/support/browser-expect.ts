import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** Every rule of WCAG 2.2 A and AA, and the best practices, that axe can judge. */
export async function expectAccessible(page: Page): Promise<void> {
  const violations = await page.evaluate<Violation[]>(
    `(() => { ${axe.source}; return axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations); })()`,
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.failureSummary).join(' ')}`);
  expect(found.join('\n')).toBe('');
}

/** Nothing is wider than the window. */
export async function expectNoSideways(page: Page): Promise<void> {
  const [inner, wide] = await page.evaluate<[number, number]>('[innerWidth, document.documentElement.scrollWidth]');
  expect(wide).toBeLessThanOrEqual(inner);
}
