/* What build.mjs puts into the core, and what its part scripts hand over. */
declare const __VERSION__: string;
declare const __PARTS__: Record<string, string>;
interface HTMLScriptElement { sunbridge?: any }
interface ImportMeta { url: string }
