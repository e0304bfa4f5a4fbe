import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/** A replacement in one file of a package, for the time to the first frame. It fails when the package has changed. */
const edits: readonly { readonly file: RegExp; readonly from: string; readonly to: string }[] = [
  {
    // Yoga reads its own WebAssembly with `fetch('data:…')` where there is one, and in Node the first fetch loads an
    // HTTP client: 30 ms. Without it, Yoga decodes the same bytes itself.
    file: /yoga-layout[\\/]dist[\\/]binaries[\\/].*\.js$/,
    from: 'typeof fetch',
    to: 'typeof undefined',
  },
  {
    // Only ASCII is measured by its length; anything else compiles a large expression and a segmenter first. The marks
    // and borders that our panes are made of are one cell each, too.
    file: /[\\/]string-width[\\/]index\.js$/,
    from: '/^[\\u0020-\\u007E]*$/',
    to: '/^[ -~·×–’•…›←-↓↵─-▟▶▸◌✔✖‖]*$/',
  },
];

const editPackages: Plugin = {
  name: 'edit-packages',
  setup: ({ onLoad }) => {
    for (const { file, from, to } of edits) {
      onLoad({ filter: file }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes(from)) throw new Error(`${path} no longer holds ${from}: see the edit in build.ts.`);
        return { contents: source.replaceAll(from, to), loader: 'js' };
      });
    }
  },
};

/**
 * An ES import of Node's `http` asks for each of its exports, and one of them loads another HTTP client: 30 ms at the
 * start of every program. `require` asks for none.
 */
const requireHttp: Plugin = {
  name: 'require-http',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?http$/ }, ({ namespace }) =>
      namespace === 'require-http'
        ? { path: 'node:http', external: true }
        : { path: 'http', namespace: 'require-http' },
    );
    onLoad({ filter: /.*/, namespace: 'require-http' }, () => ({ contents: "module.exports = require('node:http');" }));
  },
};

/**
 * The AWS packages describe every shape of a service as data, keyed by constants: `{ [_xN]: _u }`. A computed key might
 * have effects, so a bundle keeps all of them, of EC2 alone 800 kB that every program would load. With the keys
 * themselves in place, what no used operation needs is left out.
 */
const plainKeys: Plugin = {
  name: 'plain-keys',
  setup: ({ onLoad }) => {
    onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const texts = new Map(
        Array.from(source.matchAll(/^const (_\w+) = ("[^"]*");$/gm), ([, name, text]) => [name, text]),
      );
      const contents = source.replaceAll(/\[(_\w+)\](?=: )/g, (key, name) => texts.get(name) ?? key);
      return { contents, loader: 'js' };
    });
  },
};

/** Bundles the programs into `outdir`; each is started by its file, the rest are chunks that load when first used. */
export async function bundle(outdir: string): Promise<void> {
  const { metafile } = await build({
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
    plugins: [editPackages, plainKeys, requireHttp],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
    metafile: true,
  });
  await chmod(join(outdir, 'bin.js'), 0o755);
  // Only what is stale goes, and last: a program that runs from here loads its chunks when it first needs them.
  const current = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
  const stale = (await readdir(outdir)).filter((file) => !current.has(file));
  await Promise.all(stale.map((file) => rm(join(outdir, file), { recursive: true, force: true })));
}

if (import.meta.main) await bundle(fileURLToPath(new URL('dist', import.meta.url)));
