import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Bundles the programs into `outdir`; each is started by its file, the rest are chunks that load when first used. */
export async function bundle(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      bin: 'src/bin.ts',
      supervisor: 'src/clients/script/supervisor.ts',
      world: 'src/rehearsal/worldProcess.ts',
      'boss-manage': 'src/rehearsal/bossManage/main.ts',
    },
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    jsx: 'automatic',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Ink reaches for it only when DEV is set; left external it dies at start.
    alias: { 'react-devtools-core': './components/noDevtools.ts' },
    // Holds prebuilt binaries that are found relative to the package.
    external: ['@lydell/node-pty'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  await chmod(`${outdir}/bin.js`, 0o755);
}

if (import.meta.main) await bundle(fileURLToPath(new URL('dist', import.meta.url)));
