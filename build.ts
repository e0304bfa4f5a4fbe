import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

const INK_TEXT = /[\\/]ink[\\/]build[\\/]squash-text-nodes\.js$/;
const INK_OUTPUT = /[\\/]ink[\\/]build[\\/]output\.js$/;

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
  // Of a frame most is as in the one before. What Ink remembers of a text only while it draws one frame, and what it does
  // not remember, is kept for those that follow: half the cost of a frame. Each is a pure function of its text.
  {
    file: INK_OUTPUT,
    from: 'caches = new OutputCaches();',
    to: 'caches = Output.kept = Output.kept?.styledChars.size < 4_000 ? Output.kept : new OutputCaches();',
  },
  {
    file: INK_OUTPUT,
    from: 'let lines = characterLines.map(line => styledCharsToString(line));',
    to: `
      const written = (this.caches.written ??= new Map());
      let lines = written.get(text);
      if (!lines) written.set(text, (lines = characterLines.map(line => styledCharsToString(line))));`,
  },
  {
    file: INK_OUTPUT,
    from: 'return this.sliceLineToColumns(line, from, to);',
    to: 'return from === 0 && to === width ? line : this.sliceLineToColumns(line, from, to);',
  },
  {
    file: INK_TEXT,
    from: "text = sanitizeAnsi(text.replaceAll('\\r\\n', '\\n'));",
    to: `
      const kept = (squashTextNodes.kept = squashTextNodes.kept?.size < 4_000 ? squashTextNodes.kept : new Map());
      const raw = text;
      const known = kept.get(raw);
      if (known !== undefined) return known;
      text = sanitizeAnsi(raw.replaceAll('\\r\\n', '\\n'));`,
  },
  {
    file: INK_TEXT,
    // Tabs are widened in some nodes and not in others.
    from: 'return text;',
    to: "if (!raw.includes('\\t')) kept.set(raw, text); return text;",
  },
];

const editPackages: Plugin = {
  name: 'edit-packages',
  setup: ({ onLoad }) => {
    for (const filter of new Set(edits.map(({ file }) => file))) {
      onLoad({ filter }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const { from, to } of edits.filter(({ file }) => file === filter)) {
          if (!contents.includes(from)) throw new Error(`${path} no longer holds ${from}: see the edit in build.ts.`);
          contents = contents.replaceAll(from, to);
        }
        return { contents, loader: 'js' };
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
