export { isInTheClear, parseAddress } from './address.ts';
export { openAnswers } from './answers.ts';
export { createClient } from './client.ts';
export { sleep } from './clock.ts';
export type { Clock } from './clock.ts';
export { probe } from './probe.ts';
export { endpointSubject } from './subject.ts';
export { createTally } from './tally.ts';
export { createWire, rehearse } from './wire.ts';
