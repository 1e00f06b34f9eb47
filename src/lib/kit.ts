import { fileURLToPath } from 'node:url';

/** Where the kit lies: `src/` in a checkout, or `dist/` in the package, is right below, beside what ships with it. */
export const KIT = fileURLToPath(new URL('../../', import.meta.url));
