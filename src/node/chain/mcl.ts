import { createRequire } from 'node:module';
import type * as Mcl from 'mcl-wasm';

/** As a package of CommonJS, so that its values are one object and not a namespace of copies. */
const imported = createRequire(import.meta.url)('mcl-wasm') as typeof Mcl;
await imported.init(imported.BLS12_381);
// RFC 9380 for hashing, and points in the 48 and 96 bytes that everybody else writes. Both are global to
// the library: nothing of ours may set them otherwise.
imported.setMapToMode(imported.IRTF);
imported.setETHserialization(true);

/** BLS12-381 in WebAssembly, about eight times faster than in JavaScript. One instance for the process. */
export const mcl = imported;
