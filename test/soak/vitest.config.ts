import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: what takes as long as it is given. One file after the other, since they measure moments. */
export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts'],
    testTimeout: 24 * 60 * 60 * 1000,
    hookTimeout: 120_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
