/** An event of a future that we made up, and what resembles its headline. */
export interface FutureEvent {
  readonly headline: string;
  /** One word changed. */
  readonly changed: string;
  /** The same event in other words. */
  readonly paraphrase: string;
  /** The word that gives it away. */
  readonly topic: string;
}

const EVENTS: readonly (readonly [headline: string, changed: string, paraphrase: string, topic: string])[] = [
  ['Moon city opens a school', 'Moon city opens a bridge', 'Children learn on the Moon', 'Moon'],
  ['Mars has a new mayor', 'Mars has a new river', 'A town on Mars votes', 'Mars'],
  ['Robot teachers end the strike', 'Robot teachers end the lesson', 'Classes by machines go on again', 'robot'],
  ['Last oil car is sold', 'Last oil car is washed', 'Nobody buys oil cars any more', 'oil'],
  [
    'Train under the sea reaches Cuba',
    'Train under the sea reaches Peru',
    'One can ride below the waves to Cuba',
    'sea',
  ],
  ['Clone of a mammoth turns ten', 'Clone of a mammoth turns two', 'The mammoth from the lab is ten', 'mammoth'],
  ['Mars and Moon play for the cup', 'Mars and Moon pay for the cup', 'Space teams meet in the final', 'space'],
  ['Robot wins the city vote', 'Robot wins the city race', 'A machine will lead the town', 'vote'],
  ['Sea farm feeds all of Japan', 'Sea farm feeds half of Japan', 'Japan eats from below the waves', 'farm'],
  ['Moon train carries first guests', 'Moon train carries first goats', 'Guests ride on the Moon', 'train'],
];

export const FUTURE = EVENTS.map(([headline, changed, paraphrase, topic]): FutureEvent => ({
  headline,
  changed,
  paraphrase,
  topic,
}));

/** What the paper may say in any year. */
export const ORDINARY: readonly string[] = [
  'Old city opens a school',
  'Rome has a new mayor',
  'Bus drivers end the strike',
  'First pears are sold',
  'Train over the hill reaches Oslo',
  'Oldest horse of the farm turns ten',
  'Rome and Oslo play for the cup',
  'Baker wins the city vote',
  'Rain helps all of Spain',
  'Night train carries first guests',
];
