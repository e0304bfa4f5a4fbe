import { writeFile } from 'node:fs/promises';
import { jsonSchema } from './fileSchema.ts';

/** Where the schema for editors lies, which is shipped. */
export const SCHEMA_FILE = new URL('../../boss-tui.schema.json', import.meta.url);

if (import.meta.main) await writeFile(SCHEMA_FILE, `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
