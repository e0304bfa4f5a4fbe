#!/usr/bin/env node
/** The launcher: it must parse on any Node, and says that it opens before anything heavy is loaded. */
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`boss-tui needs Node 24 or newer; this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  const argv = process.argv.slice(2);
  const clear = opensPanel(argv) ? showOpening() : () => {};
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { main } = await import('./cli.ts');
  process.exitCode = await main(argv, clear);
  clear();
}

/** Whether these arguments open the full screen: no command, a bosslet, `rehearse` or `watch`. */
function opensPanel(argv: readonly string[]): boolean {
  const [first = 'rehearse'] = argv;
  if (argv.some((word) => /^(-h|--help|-v|--version|--list-faults)$/.test(word))) return false;
  return /^(rehearse|watch)$|\./.test(first) && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/**
 * A line on the ordinary screen, which the full screen covers; the cursor stays at its beginning, since an alternate
 * screen begins to be drawn where it is. Returns what takes the line away again: when the full screen
 * is left the cursor is back on it, and an error must not be written behind it.
 */
function showOpening(): () => void {
  process.stdout.write('\r boss-tui  opening …\r');
  return () => process.stdout.write('\r\x1b[K');
}

export {};
