import { configDefaults, defineConfig } from 'vitest/config';
import unit from './vitest.config.ts';

/** What starts programs (the built panel, scripts under their supervisor, servers of others): `npm run test:integration`. */
export default defineConfig({
  test: { ...unit.test, include: ['test/**/*.integration.test.ts'], exclude: configDefaults.exclude },
});
