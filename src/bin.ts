#!/usr/bin/env node
/** The launcher: it must parse on any Node, and shows a first line before anything heavy is loaded. */
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`boss-tui needs Node 24 or newer; this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { main } = await import('./cli.ts');
  process.exitCode = await main(process.argv.slice(2));
}

export {};
