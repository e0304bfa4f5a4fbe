import { defineConfig } from 'vitest/config';

/** The suite that hunts for what is lost or done twice: `npm run test:chaos`. */
export default defineConfig({
  test: {
    include: ['test/chaos/**/*.chaos.ts'],
    globalSetup: ['test/support/build.ts'],
    env: { TZ: 'UTC', LANG: 'C.UTF-8' },
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    disableConsoleIntercept: true,
  },
});
