/* node parse.js ACORN VERSION FILE…: each file that is no script (in sdk/: no module) of that ECMAScript version, as `file: why`. */
const [acorn, version, ...files] = process.argv.slice(2);
const { parse } = require(acorn);
const { readFileSync } = require("fs");
for (const file of files) {
  const sourceType = file.includes("/sdk/") ? "module" : "script";
  try {
    parse(readFileSync(file, "utf8"), { ecmaVersion: Number(version), sourceType });
  } catch (fault) {
    console.log(`${file}: ${fault.message}`);
  }
}
