/* node parse.js ACORN VERSION FILE…: each file that is no script of that ECMAScript version, as a line of `file: why`. */
const [acorn, version, ...files] = process.argv.slice(2);
const { parse } = require(acorn);
const { readFileSync } = require("fs");
for (const file of files) {
  try {
    parse(readFileSync(file, "utf8"), { ecmaVersion: Number(version), sourceType: "script" });
  } catch (fault) {
    console.log(`${file}: ${fault.message}`);
  }
}
