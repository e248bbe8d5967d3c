/** node parse.js FILE...: what AsyncAPI's own parser has to say of each, as one list of JSON. */

import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const said = [];
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'));
  said.push({ file, read: Boolean(document), diagnostics });
}
console.log(JSON.stringify(said));
