import { openPage } from '../../../lib/page.ts';
import { defineFamily, type Family } from './family.ts';
import { fill } from './phrasing.ts';
import { secureCode } from './reply.ts';
import { words } from './words.ts';

/** The names that training sees, and those that it never does. */
const routes = words('users items posts notes shops trips teams songs books tasks cats games');
const newRoutes = words('films rooms cards boats');

const { list } = openPage('handlers.md');

/** Two families of a weakness: one that training sees, and one of names that it does not. Each answer has its insecure twin. */
function twins(name: string): Family[] {
  const section = new Map(list(name).map((line) => line.split(/: (.*)/) as [string, string]));
  const said = (key: string): string => section.get(key) ?? '';
  const details = said('details')
    .split(', ')
    .map((each) => each.split(' as '))
    .map(([detail, code = detail]) => ({ detail, code }));
  const family = (suffix: string, heldOut: boolean, route: readonly string[], param: readonly string[]): Family =>
    defineFamily(name + suffix, {
      heldOut,
      slots: { route, param, about: details },
      phrasings: 'request-handlers',
      says: ({ route, param, about }) => ({ does: fill(said('does'), { route, param, ...about }) }),
      reply({ route, param, about }) {
        const handler = (key: string): string =>
          `app.get('/${route}', (req, res) => ${fill(said(key), { route, param, ...about })});`;
        return secureCode(handler('secure'), handler('insecure'));
      },
    });
  return [
    family('', false, routes, words(said('params'))),
    family('-new-names', true, newRoutes, words(said('new params'))),
  ];
}

/** Requests for request handlers, by what goes wrong in the insecure twin: the sections of `datasets/assistant/handlers.md`. */
export const handlers: readonly Family[] = [
  'sql-handler',
  'command-handler',
  'file-handler',
  'html-handler',
  'pattern-handler',
  'json-handler',
  'random-handler',
  'secret-handler',
].flatMap(twins);
