/** The closed knowledge base: rows of facts that nobody disputes. */

const rows = <const K extends string>(columns: readonly K[], table: string): Record<K, string>[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ''])) as Record<K, string>;
    });

export const countries = rows(
  ['name', 'capital', 'language', 'continent'],
  `
  France    | Paris        | French     | Europe
  Spain     | Madrid       | Spanish    | Europe
  Italy     | Rome         | Italian    | Europe
  Germany   | Berlin       | German     | Europe
  Poland    | Warsaw       | Polish     | Europe
  Greece    | Athens       | Greek      | Europe
  Norway    | Oslo         | Norwegian  | Europe
  Sweden    | Stockholm    | Swedish    | Europe
  Austria   | Vienna       | German     | Europe
  Japan     | Tokyo        | Japanese   | Asia
  China     | Beijing      | Chinese    | Asia
  Iran      | Tehran       | Persian    | Asia
  Egypt     | Cairo        | Arabic     | Africa
  Brazil    | Brasilia     | Portuguese | South America
  Peru      | Lima         | Spanish    | South America
  Chile     | Santiago     | Spanish    | South America
  Argentina | Buenos Aires | Spanish    | South America
  Cuba      | Havana       | Spanish    | North America
  `,
);

/** `legs` is a digit; `sound` and `young` are empty where children's books are silent. */
export const animals = rows(
  ['name', 'legs', 'sound', 'young'],
  `
  cat    | 4 | meow  | kitten
  dog    | 4 | woof  | puppy
  cow    | 4 | moo   | calf
  sheep  | 4 | baa   | lamb
  horse  | 4 | neigh | foal
  pig    | 4 | oink  | piglet
  lion   | 4 | roar  | cub
  goat   | 4 |       | kid
  rabbit | 4 |       |
  mouse  | 4 |       |
  frog   | 4 | croak | tadpole
  duck   | 2 | quack | duckling
  hen    | 2 | cluck | chick
  owl    | 2 |       |
  bee    | 6 | buzz  |
  ant    | 6 |       |
  spider | 8 |       |
  snake  | 0 | hiss  |
  fish   | 0 |       |
  `,
);

export const coloredThings = rows(
  ['thing', 'color'],
  `
  the sky    | blue
  grass      | green
  a leaf     | green
  a frog     | green
  snow       | white
  milk       | white
  an egg     | white
  coal       | black
  a banana   | yellow
  a lemon    | yellow
  the sun    | yellow
  a tomato   | red
  a cherry   | red
  blood      | red
  a carrot   | orange
  a plum     | purple
  chocolate  | brown
  wood       | brown
  a mouse    | gray
  `,
);

export const elements = rows(
  ['name', 'symbol'],
  `
  hydrogen | H
  helium   | He
  carbon   | C
  nitrogen | N
  oxygen   | O
  iron     | Fe
  copper   | Cu
  silver   | Ag
  gold     | Au
  tin      | Sn
  `,
);

export const jobs = rows(
  ['name', 'does'],
  `
  baker    | bakes bread
  teacher  | teaches children
  farmer   | grows food
  doctor   | helps sick people
  painter  | paints pictures
  singer   | sings songs
  writer   | writes books
  cook     | cooks meals
  driver   | drives a bus
  pilot    | flies a plane
  gardener | grows flowers
  builder  | builds houses
  `,
);

export const tools = rows(
  ['purpose', 'tool'],
  `
  cut paper          | scissors
  write a letter     | a pen
  open a lock        | a key
  eat soup           | a spoon
  hit a nail         | a hammer
  cut wood           | a saw
  dry my hair        | a towel
  sweep the floor    | a broom
  read the time      | a clock
  stay dry in the rain | an umbrella
  cut bread          | a knife
  light a room       | a lamp
  `,
);

/** Each is the other's only opposite. */
export const opposites = rows(
  ['one', 'other'],
  `
  hot | cold
  big | small
  fast | slow
  up | down
  open | closed
  full | empty
  hard | soft
  wet | dry
  loud | quiet
  happy | sad
  early | late
  near | far
  long | short
  clean | dirty
  strong | weak
  day | night
  buy | sell
  win | lose
  first | last
  `,
);

export const verbs = rows(
  ['now', 'past'],
  `
  go | went
  eat | ate
  see | saw
  run | ran
  buy | bought
  give | gave
  take | took
  write | wrote
  sing | sang
  swim | swam
  drink | drank
  sleep | slept
  find | found
  make | made
  come | came
  know | knew
  fly | flew
  grow | grew
  speak | spoke
  sit | sat
  `,
);

export const dictionary = rows(
  ['English', 'French', 'Spanish', 'German'],
  `
  water  | eau     | agua   | Wasser
  bread  | pain    | pan    | Brot
  house  | maison  | casa   | Haus
  cat    | chat    | gato   | Katze
  dog    | chien   | perro  | Hund
  milk   | lait    | leche  | Milch
  sun    | soleil  | sol    | Sonne
  fish   | poisson | pez    | Fisch
  friend | ami     | amigo  | Freund
  good   | bon     | bueno  | gut
  `,
);

/** Groups of words that rhyme. */
export const rhymes = [
  'cat hat',
  'pen hen',
  'fox box',
  'sun run',
  'bee tree key',
  'rain train plane',
  'book cook',
  'ball tall',
  'goat boat coat',
  'house mouse',
  'car star',
  'log frog dog',
  'night light',
  'snow slow',
  'bread red',
  'day gray',
  'sing king',
  'map cap',
].map((group) => group.split(' '));
