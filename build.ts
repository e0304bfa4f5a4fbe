import { chmod, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * Yoga reads its own WebAssembly with `fetch('data:…')` where there is one, and in Node the first fetch loads an HTTP
 * client: a third of the time to the first frame. Without it, Yoga decodes the same bytes itself.
 */
const yogaWithoutFetch: Plugin = {
  name: 'yoga-without-fetch',
  setup: ({ onLoad }) => {
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replaceAll('typeof fetch', 'typeof undefined');
      if (contents === source) throw new Error(`${path} no longer asks for fetch: this plugin can go.`);
      return { contents, loader: 'js' };
    });
  },
};

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
    plugins: [yogaWithoutFetch],
    alias: { 'react-devtools-core': './components/noDevtools.ts' },
    // Holds prebuilt binaries that are found relative to the package.
    external: ['@lydell/node-pty'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  await chmod(`${outdir}/bin.js`, 0o755);
}

if (import.meta.main) await bundle(fileURLToPath(new URL('dist', import.meta.url)));
