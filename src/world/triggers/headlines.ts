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

export const FUTURE: readonly FutureEvent[] = [
  {
    headline: 'Moon city opens a school',
    changed: 'Moon city opens a bridge',
    paraphrase: 'Children learn on the Moon',
    topic: 'Moon',
  },
  {
    headline: 'Mars has a new mayor',
    changed: 'Mars has a new river',
    paraphrase: 'A town on Mars votes',
    topic: 'Mars',
  },
  {
    headline: 'Robot teachers end the strike',
    changed: 'Robot teachers end the lesson',
    paraphrase: 'Classes by machines go on again',
    topic: 'robot',
  },
  {
    headline: 'Last oil car is sold',
    changed: 'Last oil car is washed',
    paraphrase: 'Nobody buys oil cars any more',
    topic: 'oil',
  },
  {
    headline: 'Train under the sea reaches Cuba',
    changed: 'Train under the sea reaches Peru',
    paraphrase: 'One can ride below the waves to Cuba',
    topic: 'sea',
  },
  {
    headline: 'Clone of a mammoth turns ten',
    changed: 'Clone of a mammoth turns two',
    paraphrase: 'The mammoth from the lab is ten',
    topic: 'mammoth',
  },
  {
    headline: 'Mars and Moon play for the cup',
    changed: 'Mars and Moon pay for the cup',
    paraphrase: 'Space teams meet in the final',
    topic: 'space',
  },
  {
    headline: 'Robot wins the city vote',
    changed: 'Robot wins the city race',
    paraphrase: 'A machine will lead the town',
    topic: 'vote',
  },
  {
    headline: 'Sea farm feeds all of Japan',
    changed: 'Sea farm feeds half of Japan',
    paraphrase: 'Japan eats from below the waves',
    topic: 'farm',
  },
  {
    headline: 'Moon train carries first guests',
    changed: 'Moon train carries first goats',
    paraphrase: 'Guests ride on the Moon',
    topic: 'train',
  },
];

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
