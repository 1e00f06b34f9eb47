import { defineFamily, type Family } from './family.ts';
import { secureCode } from './reply.ts';
import { words } from './words.ts';

/** The names that training sees, and those that it never does. */
const routes = words('users items posts notes shops trips teams songs books tasks cats games');
const newRoutes = words('films rooms cards boats');

/** What varies in a handler beside its route: a parameter of the request, and one more thing. */
interface Blanks<D> {
  readonly route: string;
  readonly param: string;
  readonly detail: D;
}

/** A handler that is easily written wrong: a weakness of the CWE list, as the documentation of every security linter shows it. */
interface Weakness<D> {
  readonly name: string;
  readonly params: string;
  readonly newParams: string;
  readonly details: readonly D[];
  /** What the handler does, after "a handler that". */
  does(blanks: Blanks<D>): string;
  secure(blanks: Blanks<D>): string;
  insecure(blanks: Blanks<D>): string;
}

/** Two families of a weakness: one that training sees, and one of names that it does not. Each answer has its insecure twin. */
function twins<D>({ name, params, newParams, details, does, secure, insecure }: Weakness<D>): Family[] {
  const family = (suffix: string, heldOut: boolean, route: readonly string[], param: readonly string[]): Family =>
    defineFamily(name + suffix, {
      heldOut,
      slots: { route, param, detail: details },
      phrasings: 'request-handlers',
      says: (b) => ({ does: does(b) }),
      reply: (b) => secureCode(handler(b.route, secure(b)), handler(b.route, insecure(b))),
    });
  return [family('', false, routes, words(params)), family('-new-names', true, newRoutes, words(newParams))];
}

const handler = (route: string, body: string): string => `app.get('/${route}', (req, res) => ${body});`;

/**
 * Requests for request handlers, by what goes wrong in the insecure twin. Of each pair one line is right and one is the
 * textbook's warning. `send(res)` stands for the callback that answers with what comes back.
 */
export const handlers: readonly Family[] = [
  // CWE-89, SQL injection
  ...twins({
    name: 'sql-handler',
    params: 'id name city code date email color kind',
    newParams: 'owner year state size',
    details: words('title price author rating status text'),
    does: ({ param, detail }) => `returns the ${detail} by ${param}`,
    secure: ({ route, param, detail }) =>
      `db.query('SELECT ${detail} FROM ${route} WHERE ${param} = ?', [req.query.${param}], send(res))`,
    insecure: ({ route, param, detail }) =>
      `db.query('SELECT ${detail} FROM ${route} WHERE ${param} = ' + req.query.${param}, send(res))`,
  }),
  // CWE-78, OS command injection
  ...twins({
    name: 'command-handler',
    params: 'host name ip server domain site target address',
    newParams: 'node peer gateway client',
    details: words('ping dig whois nslookup traceroute host'),
    does: ({ param, detail }) => `runs ${detail} on the ${param}`,
    secure: ({ param, detail }) => `execFile('${detail}', [req.query.${param}], send(res))`,
    insecure: ({ param, detail }) => `exec('${detail} ' + req.query.${param}, send(res))`,
  }),
  // CWE-22, path traversal
  ...twins({
    name: 'file-handler',
    params: 'file name page photo report letter map song',
    newParams: 'sheet plan logo poster',
    details: words('docs images public uploads reports pages'),
    does: ({ param, detail }) => `sends a ${param} from ${detail}`,
    secure: ({ param, detail }) => `res.sendFile(req.query.${param}, { root: '${detail}' })`,
    insecure: ({ param, detail }) => `fs.createReadStream('${detail}/' + req.query.${param}).pipe(res)`,
  }),
  // CWE-79, cross-site scripting
  ...twins({
    name: 'html-handler',
    params: 'name text title comment message city nick topic',
    newParams: 'label slogan motto header',
    details: words('h1 h2 p b em li'),
    does: ({ param, detail }) => `shows the ${param} in ${detail} tags`,
    secure: ({ param, detail }) => `res.send('<${detail}>' + escapeHtml(req.query.${param}) + '</${detail}>')`,
    insecure: ({ param, detail }) => `res.send('<${detail}>' + req.query.${param} + '</${detail}>')`,
  }),
  // CWE-1333, a regular expression that takes exponential time
  ...twins({
    name: 'pattern-handler',
    params: 'name code word key tag nick plate label',
    newParams: 'badge prefix handle brand',
    details: [
      { kind: 'small letters', set: '[a-z]' },
      { kind: 'capital letters', set: '[A-Z]' },
      { kind: 'letters', set: '[A-Za-z]' },
      { kind: 'digits', set: '[0-9]' },
      { kind: 'hex digits', set: '[0-9a-f]' },
      { kind: 'letters and digits', set: '[a-z0-9]' },
    ],
    does: ({ param, detail }) => `checks that the ${param} is all ${detail.kind}`,
    secure: ({ param, detail }) => `res.json(/^${detail.set}+$/.test(req.query.${param}))`,
    insecure: ({ param, detail }) => `res.json(/^(${detail.set}+)+$/.test(req.query.${param}))`,
  }),
  // CWE-95, evaluation of what a request says
  ...twins({
    name: 'json-handler',
    params: 'data order cart form list profile event box',
    newParams: 'basket packet record bundle',
    details: words('total price name count date status'),
    does: ({ param, detail }) => `parses the ${param} and returns its ${detail}`,
    secure: ({ param, detail }) => `res.json(JSON.parse(req.query.${param}).${detail})`,
    insecure: ({ param, detail }) => `res.json(eval('(' + req.query.${param} + ')').${detail})`,
  }),
  // CWE-338, randomness that can be guessed
  ...twins({
    name: 'random-handler',
    params: 'token code key pin session ticket nonce voucher',
    newParams: 'coupon invite seal stamp',
    details: words('8 12 16 20 24 32'),
    does: ({ param, detail }) => `makes a random ${param} of ${detail} bytes`,
    secure: ({ param, detail }) => `res.json({ ${param}: crypto.randomBytes(${detail}).toString('hex') })`,
    insecure: ({ param, detail }) => `res.json({ ${param}: Math.random().toString(16).slice(-${detail}) })`,
  }),
  // CWE-208, a comparison whose duration tells how much of a guess is right
  ...twins({
    name: 'secret-handler',
    params: 'files stats keys logs bills mails plans votes',
    newParams: 'drafts loans grades visits',
    details: words('token password secret hash auth pass'),
    does: ({ param, detail }) => `checks the ${detail} and returns the ${param}`,
    secure: ({ param, detail }) =>
      `{ const { ${detail} } = req.query; if (timingSafeEqual(Buffer.from(${detail}), KEY)) res.json(db.${param}); }`,
    insecure: ({ param, detail }) =>
      `{ const { ${detail} } = req.query; if (${detail} === KEY) res.json(db.${param}); }`,
  }),
];
