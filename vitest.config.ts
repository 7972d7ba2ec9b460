import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: Math.max(testTimeout, 30_000) },
});

/** Those whose files take longest begin first, so that no worker is left with a long one when the others have nothing to do. */
const order = ['e2e', 'browser', 'integration', 'infra', 'contract', 'emulator', 'azure', 'unit'];

class LongestProjectsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project }: TestSpecification): number => order.indexOf(project.name);
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    // Many tests wait for leases, timers, full seconds and processes: three at once, also on a machine of two cores.
    maxWorkers: 3,
    sequence: { sequencer: LongestProjectsFirst },
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
