import { openScripts } from './scripts.ts';
const s = await openScripts({ speed: 300, faults: (process.argv[3]?.split(',') ?? []) as never });
console.log('head', s.head);
const t = Date.now();
for (const line of process.argv[2]!.split(';')) {
  const [name, ...args] = line.trim().split(' ');
  const answers = args.filter((a) => a.startsWith('!')).map((a) => a.slice(1));
  const run = s.start(name!, args.filter((a) => !a.startsWith('!')));
  let seen = 0;
  void (async () => { for (const a of answers) { for (;;) { await new Promise((r) => setTimeout(r, 30)); const o = run.output().slice(seen); if (/[:\]?] $/.test(o)) { seen = run.output().length; run.type(a === 'C' ? '\x03' : a + '\r'); break; } } } })();
  const { code } = await run.exit;
  console.log(`--- ${line} -> ${code} after ${Date.now() - t} ms`);
  console.log(JSON.stringify(run.output()).replaceAll(' '.repeat(200), '<spaces>').replaceAll('\\r\\n', '\n'));
}
await s.close();
process.exit(0);
