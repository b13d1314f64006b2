// Writes generated/NAME.ts from each NAME.json in the folder that is named; what has a default need not be sent.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const folder = process.argv[2];
mkdirSync("generated", { recursive: true });
for (const file of readdirSync(folder)) {
  const document = JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
  writeFileSync(`generated/${file.replace(".json", ".ts")}`, astToString(await openapiTS(document, { defaultNonNullable: false })));
}
