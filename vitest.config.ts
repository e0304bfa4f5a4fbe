import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole releases take longest, so they begin first. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (moduleId.includes('/e2e/') ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // Those run by `npm run test:integration`.
    exclude: [...configDefaults.exclude, 'test/**/*.integration.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // A terminal without rows, as ink-testing-library's is, has Ink ask `tput` and others for its size at each render.
    env: { TZ: 'UTC', LANG: 'C.UTF-8', FORCE_COLOR: '1', COLUMNS: '100', LINES: '30' },
    // A busy machine is no failure: what a test waits for has limits of its own.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // No file leaves anything behind for the next, and a process for each would cost 15 s in all.
    isolate: false,
    // Much of what the tests do is waiting for clocks and for other processes.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
});
