/** node generate.js FILE: the TypeScript types that Modelina, AsyncAPI's generator of models, makes of a document. */

import { readFileSync } from 'node:fs';
import { TypeScriptGenerator } from '@asyncapi/modelina';

const generator = new TypeScriptGenerator({
  modelType: 'interface', enumType: 'union', mapType: 'record', rawPropertyNames: true,
  processorOptions: { interpreter: { ignoreAdditionalProperties: true } },
});
const models = await generator.generate(JSON.parse(readFileSync(process.argv[2], 'utf8')));
console.log(models.map(({ result }) => `export ${result}`).join('\n\n'));
