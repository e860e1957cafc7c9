/* node build.mjs [FOLDER]: writes FOLDER from src/; without one h5app/sdk/<version>/, and each place that pins its hashes.
   The packages come from `scripts/npm-packages sdk/js .sunbridge/sdk-js`. */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url)), SRC = join(HERE, "src");
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGES = createRequire(join(ROOT, ".sunbridge/sdk-js/packages.cjs"));
const { build } = PACKAGES("esbuild");
const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const PINNED = ["sdk/js/README.md", "sdk/js/README.zh-CN.md", "docs/partners/quickstart-frame.md",
  "docs/partners/quickstart-frame.zh-CN.md", "mock_partners/testing/registrations/parties.py"];
const target = process.argv[2] || join(ROOT, "h5app/sdk", version);

const integrity = {};
function write(name, body) {
  writeFileSync(join(target, name), body);
  if (name.endsWith(".js")) integrity[name] = `sha384-${createHash("sha384").update(body).digest("base64")}`;
}

/* What the part `texts` says: of each code its sentences alone. */
function said(path) {
  const { codes, options } = JSON.parse(readFileSync(path, "utf8"));
  return { codes: Object.fromEntries(Object.entries(codes).map(([code, { say, mend }]) => [code, { say, mend }])), options };
}

/* One script for the oldest engine: Chromium 64 and iOS 12.2 read it. */
async function script(source, format, name, define = {}, loaded = (text) => text) {
  const plugin = {
    name: "sources",
    setup({ onLoad }) {
      onLoad({ filter: /sunbridge\.js$/ }, ({ path }) => ({ contents: loaded(readFileSync(path, "utf8")) }));
      // The page /sdk/errors shows the rest.
      onLoad({ filter: /texts\.json$/ }, ({ path }) => ({ contents: JSON.stringify(said(path)), loader: "json" }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: SRC },
    banner: { js: `/*! @sunbridge/web ${version} ${basename(name, ".js")}, Apache-2.0 */` },
    bundle: true, minify: true, charset: "utf8", target: "chrome64", supported: { "import-meta": true },
    format, define, plugins: [plugin], write: false, legalComments: "none",
  });
  write(name, Buffer.from(outputFiles[0].contents));
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
/* The parts first: the core holds their hashes, the shorter ones. */
const parts = readdirSync(join(SRC, "parts")).sort();
for (const part of parts) await script(`import "./parts/${part}"`, "iife", part);
const hashOf = (name) => `sha256-${createHash("sha256").update(readFileSync(join(target, name))).digest("base64")}`;
const hashes = Object.fromEntries(parts.map((part) => [basename(part, ".js"), hashOf(part)]));
const define = { __VERSION__: JSON.stringify(version), __PARTS__: JSON.stringify(hashes) };
await script('export * from "./sunbridge.js"', "esm", "sunbridge.js", define);
const classic = 'import { Sunbridge } from "./sunbridge.js"; window.Sunbridge = Sunbridge;';
const byScript = (text) => text.replaceAll("import.meta.url", '(document.currentScript || {}).src');
await script(classic, "iife", "sunbridge.classic.js", define, byScript);

const typed = mkdtempSync(join(tmpdir(), "sunbridge-types-"));
execFileSync(process.execPath, [PACKAGES.resolve("typescript/bin/tsc"), "-p", HERE, "--outDir", typed], { stdio: "inherit" });
const GLOBAL = "declare global {\n    /** The classic script sets it. */\n    interface Window { Sunbridge: typeof Sunbridge; }\n}\n";
write("sunbridge.d.ts", readFileSync(join(typed, "sunbridge.d.ts"), "utf8") + GLOBAL);
rmSync(typed, { recursive: true });
cpSync(join(SRC, "texts.json"), join(target, "texts.json"));
write("integrity.json", `${JSON.stringify(integrity, Object.keys(integrity).sort(), 2)}\n`);

/* For `npm pack sdk/js`. */
if (!process.argv[2]) {
  rmSync(join(HERE, "dist"), { recursive: true, force: true });
  cpSync(target, join(HERE, "dist"), { recursive: true });
}
/* A page names a file of this version and, a little later, its hash. The played apps pin the module. */
for (const path of process.argv[2] ? [] : PINNED.map((name) => join(ROOT, name)).filter(existsSync)) {
  const text = readFileSync(path, "utf8");
  const byName = /(\/sdk\/([\d.]+)\/([\w.]+\.js)"\s+integrity=")[^"]*/g;
  const pinned = text
    .replace(byName, (all, before, of, name) => (of === version ? before + integrity[name] : all))
    .replace(/(SDK_VERSION = ").*("\nSDK_INTEGRITY = ").*"/, `$1${version}$2${integrity["sunbridge.js"]}"`);
  if (pinned !== text) writeFileSync(path, pinned);
}
