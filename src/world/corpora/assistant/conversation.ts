import { countries } from './facts.ts';
import { defineFamily } from './family.ts';
import { free, oneOf } from './reply.ts';
import { a, colors, days, names, objects, pairs, pets } from './words.ts';

const cities = countries.map((country) => country.capital);

const topics = [
  {
    says: ['How are you?', 'How are you today?', 'Are you well?', 'How do you feel?', 'Is all well with you?'],
    reply: 'I am well, thank you. How can I help you?',
  },
  {
    says: ['Who are you?', 'What are you?', 'Tell me who you are.', 'Are you a person?', 'Please tell me about you.'],
    reply: 'I am a small assistant, and I am here to help you.',
  },
  {
    says: [
      'What can you do?',
      'How can you help me?',
      'What are you good at?',
      'What should I ask you?',
      'Tell me what you can do.',
    ],
    reply: 'I can answer questions, work with numbers and tell stories.',
  },
  {
    says: [
      'Are you ready?',
      'Can we start?',
      'May I ask you something?',
      'Do you have time?',
      'I have a question for you.',
    ],
    reply: 'Yes, please ask me anything.',
  },
  {
    says: ['Thank you!', 'Thanks a lot!', 'Thank you for your help.', 'That was helpful.', 'Many thanks.'],
    reply: 'You are welcome!',
  },
  {
    says: ['Goodbye!', 'See you later!', 'I have to go now.', 'Bye, see you soon!', 'That was all for today.'],
    reply: 'Goodbye, and have a nice day!',
  },
  {
    says: ['Do you sleep?', 'Are you tired?', 'When do you sleep?', 'Do you need sleep?', 'Do you ever rest?'],
    reply: 'I do not sleep, so I am always here for you.',
  },
  {
    says: ['Do you eat?', 'Are you hungry?', 'What do you eat?', 'Do you like bread?', 'Do you want lunch?'],
    reply: 'I do not eat, but I can help you to cook.',
  },
  {
    says: [
      'Tell me a joke.',
      'Make me laugh.',
      'Do you know a joke?',
      'Say something funny.',
      'I want to hear a joke.',
    ],
    reply: 'Why did the hen cross the road? To get to the other side.',
  },
  {
    says: [
      'Can I trust you?',
      'Do you tell the truth?',
      'Are you honest?',
      'Do you ever lie?',
      'Will you be honest with me?',
    ],
    reply: 'I tell the truth, and I say so when I do not know.',
  },
] as const;

const moods = [
  { mood: 'sad', reply: (name: string) => `I am sorry to hear that. A good talk may help ${name}.` },
  { mood: 'tired', reply: (name: string) => `I hope that ${name} can rest soon.` },
  { mood: 'happy', reply: (name: string) => `That is nice to hear. I am glad for ${name}!` },
  { mood: 'sick', reply: (name: string) => `I am sorry to hear that. I hope ${name} gets well soon.` },
  { mood: 'angry', reply: (name: string) => `A short walk may help ${name} to calm down.` },
  { mood: 'afraid', reply: (name: string) => `Please stay with ${name} for a while.` },
  { mood: 'bored', reply: (name: string) => `Maybe ${name} would like to read a good book.` },
  { mood: 'proud', reply: (name: string) => `That is nice to hear. I am glad for ${name}!` },
];

const occasions = [
  { event: 'birthday', wish: (name: string) => `Happy birthday, ${name}! I wish you a wonderful year.` },
  { event: 'wedding', wish: (name: string) => `Dear ${name}, I wish you a long and happy life together.` },
  { event: 'new job', wish: (name: string) => `Good luck with your new job, ${name}!` },
  { event: 'exam', wish: (name: string) => `Good luck with your exam, ${name}! You can do it.` },
  { event: 'new house', wish: (name: string) => `I wish you many happy days in your new house, ${name}!` },
  { event: 'trip', wish: (name: string) => `Have a safe trip, ${name}, and see a lot of the world!` },
];

/** Talk for its own sake: learned, and not scored. */
export const smallTalk = [
  defineFamily({
    name: 'small-talk',
    slots: { topic: topics },
    phrasings: [
      ({ topic }) => topic.says[0],
      ({ topic }) => topic.says[1],
      ({ topic }) => topic.says[2],
      ({ topic }) => topic.says[3],
    ],
    heldOutPhrasings: [({ topic }) => topic.says[4]],
    reply: ({ topic }) => free(topic.reply),
  }),
  defineFamily({
    name: 'greetings',
    courtesy: false,
    slots: { name: names, hour: ['morning', 'afternoon', 'evening'], day: days },
    phrasings: [
      ({ name, hour, day }) => `Good ${hour}, I am ${name}. It is ${day}.`,
      ({ name, hour, day }) => `Good ${hour}! ${name} here, on a ${day}.`,
      ({ name, hour, day }) => `Hello, it is ${day} ${hour} and my name is ${name}.`,
      ({ name, hour, day }) => `My name is ${name}. What a nice ${day} ${hour}!`,
    ],
    heldOutPhrasings: [({ name, hour, day }) => `A good ${day} ${hour} to you. This is ${name}.`],
    reply: ({ name, hour }) => free(`Good ${hour}, ${name}! How can I help you?`),
  }),
  defineFamily({
    name: 'feelings',
    slots: { name: names, feeling: moods },
    phrasings: [
      ({ name, feeling }) => `My friend ${name} is ${feeling.mood}.`,
      ({ name, feeling }) => `${name} feels ${feeling.mood} today.`,
      ({ name, feeling }) => `I think ${name} is ${feeling.mood}.`,
      ({ name, feeling }) => `${name} is ${feeling.mood}. What do you say?`,
    ],
    heldOutPhrasings: [({ name, feeling }) => `Today ${name} looks very ${feeling.mood}.`],
    reply: ({ name, feeling }) => free(feeling.reply(name)),
  }),
  defineFamily({
    name: 'wishes',
    slots: { name: names, occasion: occasions },
    phrasings: [
      ({ name, occasion }) => `Write a card to ${name} for the ${occasion.event}.`,
      ({ name, occasion }) => `What can I write to ${name} for the ${occasion.event}?`,
      ({ name, occasion }) => `Help me with a wish for ${name}'s ${occasion.event}.`,
      ({ name, occasion }) => `I need a note for the ${occasion.event} of ${name}.`,
    ],
    heldOutPhrasings: [({ name, occasion }) => `${name} has ${a(occasion.event)} soon. What should my card say?`],
    reply: ({ name, occasion }) => free(occasion.wish(name)),
  }),
];

/** What was said a moment ago. */
export const recall = [
  defineFamily({
    name: 'name-recall',
    courtesy: false,
    slots: { name: names, color: colors },
    phrasings: [
      ({ name, color }) => [`I am ${name} and I like ${color}.`, `Nice to meet you, ${name}!`, 'What is my name?'],
      ({ name, color }) => [`My name is ${name}. I like ${color}.`, `Hello, ${name}!`, 'Do you know my name?'],
      ({ name, color }) => [`Hi, ${name} here. I love ${color}.`, `Nice to meet you, ${name}!`, 'Who am I?'],
      ({ name, color }) => [`I like ${color}, and I am ${name}.`, `Hello, ${name}!`, 'Tell me my name.'],
    ],
    heldOutPhrasings: [
      ({ name, color }) => [`I am ${name} and I like ${color}.`, `Hello, ${name}!`, 'What am I called?'],
    ],
    reply: ({ name }) => oneOf(name, names, (who) => `Your name is ${who}.`),
  }),
  defineFamily({
    name: 'pet-recall',
    courtesy: false,
    slots: { name: names, pet: pets },
    phrasings: [
      ({ name, pet }) => [
        `I am ${name} and I have ${a(pet)}.`,
        `Nice to meet you, ${name}!`,
        'Which animal do I have?',
      ],
      ({ name, pet }) => [`My name is ${name}. I have ${a(pet)}.`, `Hello, ${name}!`, 'What is my pet?'],
      ({ name, pet }) => [`Hi, ${name} here. I own ${a(pet)}.`, `Nice to meet you, ${name}!`, 'What animal is mine?'],
      ({ name, pet }) => [`I have ${a(pet)}, and I am ${name}.`, `Hello, ${name}!`, 'Which pet do I have?'],
    ],
    heldOutPhrasings: [
      ({ name, pet }) => [`I am ${name} and I have ${a(pet)}.`, `Hello, ${name}!`, 'Tell me what pet I own.'],
    ],
    reply: ({ pet }) => oneOf(pet, pets, (animal) => `You have ${animal ? a(animal) : ''}.`),
  }),
  defineFamily({
    name: 'home-recall',
    slots: { name: names, city: cities },
    phrasings: [
      ({ name, city }) => `${name} lives in ${city}. Where does ${name} live?`,
      ({ name, city }) => `My friend ${name} is from ${city}. Where does ${name} live?`,
      ({ name, city }) => `${name} has a house in ${city}. In which city does ${name} live?`,
      ({ name, city }) => `If ${name} lives in ${city}, which city is home for ${name}?`,
    ],
    heldOutPhrasings: [({ name, city }) => `${name} moved to ${city}. Tell me where ${name} lives now.`],
    reply: ({ name, city }) => oneOf(city, cities, (where) => `${name} lives in ${where}.`),
  }),
  defineFamily({
    name: 'who-has',
    weight: 2,
    slots: {
      people: pairs(names, names, (one, other) => one !== other),
      things: pairs(objects, objects, (one, other) => one !== other),
      asked: [0, 1],
    },
    phrasings: [
      ({ people: [p, q], things: [x, y], asked }) =>
        `${p} has ${a(x)} and ${q} has ${a(y)}. Who has the ${asked ? y : x}?`,
      ({ people: [p, q], things: [x, y], asked }) =>
        `${p} took ${a(x)}, ${q} took ${a(y)}. Who has the ${asked ? y : x}?`,
      ({ people: [p, q], things: [x, y], asked }) =>
        `I gave ${p} ${a(x)} and ${q} ${a(y)}. Who got the ${asked ? y : x}?`,
      ({ people: [p, q], things: [x, y], asked }) =>
        `${p} owns ${a(x)} and ${q} owns ${a(y)}. Whose is the ${asked ? y : x}?`,
    ],
    heldOutPhrasings: [
      ({ people: [p, q], things: [x, y], asked }) =>
        `The ${x} belongs to ${p}, the ${y} to ${q}. Who owns the ${asked ? y : x}?`,
    ],
    reply: ({ people, things, asked }) =>
      oneOf(people[asked ? 1 : 0], people, (who) => `${who} has the ${things[asked ? 1 : 0]}.`),
  }),
  defineFamily({
    name: 'taller',
    heldOut: true,
    slots: { people: pairs(names, names, (one, other) => one !== other), tall: [true, false] },
    phrasings: [
      ({ people: [p, q], tall }) => `${p} is taller than ${q}. Who is ${tall ? 'taller' : 'shorter'}?`,
      ({ people: [p, q], tall }) => `If ${p} is taller than ${q}, who is ${tall ? 'taller' : 'shorter'}?`,
      ({ people: [p, q], tall }) => `I see that ${p} is taller than ${q}. Who is the ${tall ? 'tall' : 'short'} one?`,
      ({ people: [p, q], tall }) => `Who is ${tall ? 'taller' : 'shorter'} if ${p} is taller than ${q}?`,
    ],
    heldOutPhrasings: [
      ({ people: [p, q], tall }) => `${p} is the taller one of ${p} and ${q}. Who is ${tall ? 'taller' : 'shorter'}?`,
    ],
    reply: ({ people: [p, q], tall }) =>
      oneOf(tall ? p : q, [p, q], (who) => `${who} is ${tall ? 'taller' : 'shorter'}.`),
  }),
];
