/** A program that starts a script and then sits there, to be killed: `node panel.ts SUPERVISOR FOLDER SCRIPT`. */
import { createScripts } from '../../../src/clients/script/scripts.ts';

const [, , supervisorFile = '', folder = '', file = ''] = process.argv;
const scripts = createScripts({ environment: { PATH: '/usr/local/bin:/usr/bin:/bin' }, supervisorFile });
await scripts.start(folder, { file, args: [], cwd: '/' });
process.stdout.write('started\n');
setInterval(() => undefined, 1_000);
