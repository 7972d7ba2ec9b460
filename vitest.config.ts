import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: Math.max(testTimeout, 30_000) },
});

export default defineConfig({
  test: {
    // Many tests wait for leases, timers and processes; two at once even on a machine for which vitest would choose one.
    maxWorkers: 2,
    projects: [
      project('unit', 10_000),
      project('emulator', 30_000),
      project('contract', 60_000),
      project('integration', 120_000),
      project('infra', 120_000),
      project('browser', 120_000),
      project('e2e', 600_000),
      // Real accounts by `npm run test:azure`; else the emulator, to prove the suite itself.
      project('azure', 600_000),
    ],
  },
});
