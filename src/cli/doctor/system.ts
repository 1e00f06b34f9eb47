import type { Finding, Machine } from './types.ts';

/** The oldest Node that package.json allows. */
const OLDEST = [20, 19] as const;

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Node, cores and memory. */
export function systemFindings({ node, cores, totalBytes, availableBytes }: Machine): Finding[] {
  return [
    nodeFinding(node),
    { name: 'cores', state: 'ok', detail: String(cores) },
    { name: 'memory', state: 'ok', detail: `${gib(availableBytes)} of ${gib(totalBytes)} free` },
    { name: 'Python', state: 'ok', detail: 'not needed' },
  ];
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const name = 'Node.js';
  return isOld
    ? { name, state: 'missing', detail: `${version}; ${OLDEST.join('.')} or newer is needed`, enable: 'nvm install 22' }
    : { name, state: 'ok', detail: version };
}
