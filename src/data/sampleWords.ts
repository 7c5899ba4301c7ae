/** The words of the `sample` dataset: what is reviewed, and what is said of it. */

/** 1: the positive form, 0: the negative one, as labels are. */
export type Polarity = 0 | 1;
/** Both polarities of one kind of word: [negative, positive]. */
export type Pair<T> = readonly [negative: readonly T[], positive: readonly T[]];

export interface Subject {
  readonly text: string;
  readonly plural: boolean;
}

export interface Domain {
  /** What is reviewed. */
  readonly things: readonly string[];
  readonly aspects: readonly Subject[];
  /** Adjectives that fit this domain only. */
  readonly adjectives: Pair<string>;
  /** Sentences that carry no opinion, some with a negation in them. */
  readonly facts: readonly string[];
  /** What one does with it: "watch", "watched"; and what it costs: "time". */
  readonly use: string;
  readonly used: string;
  readonly cost: string;
}

const one = (...texts: string[]): Subject[] => texts.map((text) => ({ text: `the ${text}`, plural: false }));
const many = (...texts: string[]): Subject[] => texts.map((text) => ({ text: `the ${text}`, plural: true }));

const films: Domain = {
  things: ['film', 'movie', 'comedy', 'thriller', 'drama', 'documentary', 'western', 'sequel', 'series'],
  aspects: [
    ...one(
      'acting',
      'story',
      'script',
      'soundtrack',
      'camera work',
      'dialogue',
      'pacing',
      'ending',
      'cast',
      'direction',
    ),
    ...one(
      'humour',
      'editing',
      'lead actor',
      'villain',
      'first half',
      'opening scene',
      'romance',
      'supporting cast',
    ),
    ...many('characters', 'effects', 'songs', 'jokes', 'costumes', 'action scenes', 'flashbacks'),
  ],
  adjectives: [
    ['boring', 'predictable', 'wooden', 'shallow', 'lifeless', 'pretentious', 'corny', 'overlong'],
    ['gripping', 'moving', 'funny', 'touching', 'thrilling', 'witty', 'haunting', 'suspenseful'],
  ],
  facts: [
    'It runs for two hours',
    'I saw it on a rainy Tuesday',
    'It was filmed in Iceland',
    'My sister chose it',
    'I have not read the novel behind it',
    'The cinema was half empty',
    'It is set in the seventies',
    'We watched it with subtitles',
    'It is not his first work as a director',
    'There is a short scene after the credits',
    'I never saw the original version',
    'Most of it plays on a ship',
  ],
  use: 'watch',
  used: 'watched',
  cost: 'time',
};

const products: Domain = {
  things: [
    'kettle',
    'vacuum cleaner',
    'phone',
    'camera',
    'backpack',
    'coffee machine',
    'desk lamp',
    'keyboard',
    'tent',
    'blender',
    'watch',
    'printer',
  ],
  aspects: [
    ...one(
      'battery',
      'sound',
      'screen',
      'build quality',
      'design',
      'handle',
      'manual',
      'software',
      'customer service',
    ),
    ...one('delivery', 'packaging', 'finish', 'motor', 'surface', 'charger', 'lid', 'value for money'),
    ...many('buttons', 'materials', 'controls', 'seams', 'instructions', 'spare parts', 'settings'),
  ],
  adjectives: [
    ['flimsy', 'unreliable', 'uncomfortable', 'fragile', 'useless', 'faulty', 'ugly', 'impractical'],
    ['sturdy', 'reliable', 'comfortable', 'handy', 'precise', 'durable', 'elegant', 'practical'],
  ],
  facts: [
    'It comes in blue and grey',
    'I ordered it in March',
    'The box weighs two kilos',
    'It replaces an older model',
    'I do not own any other device of this brand',
    'It arrived on a Friday',
    'My neighbour has the same one',
    'The cable is about a metre long',
    'It is not sold in shops',
    'We keep it in the kitchen',
    'I never needed the second adapter',
    'There is a sticker on the bottom',
  ],
  use: 'buy',
  used: 'bought',
  cost: 'money',
};

const books: Domain = {
  things: [
    'novel',
    'book',
    'biography',
    'cookbook',
    'travel guide',
    'collection of poems',
    'crime story',
    'memoir',
  ],
  aspects: [
    ...one(
      'plot',
      'prose',
      'narrator',
      'first chapter',
      'last chapter',
      'translation',
      'style',
      'heroine',
      'cover',
    ),
    ...one('research', 'structure', 'middle part', 'print quality', 'tone'),
    ...many('chapters', 'descriptions', 'dialogues', 'illustrations', 'examples', 'twists'),
  ],
  adjectives: [
    ['long-winded', 'confusing', 'stale', 'repetitive', 'dry', 'far-fetched', 'muddled'],
    ['vivid', 'insightful', 'poetic', 'absorbing', 'well-paced', 'lucid', 'original'],
  ],
  facts: [
    'It has about four hundred pages',
    'I read it on the train',
    'It was first printed in 1987',
    'A colleague lent me her copy',
    'I have not read the other volumes',
    'The author lives in Lisbon',
    'It is told from three points of view',
    'There is an index at the back',
    'I never read the preface',
    'It is not available in paperback yet',
  ],
  use: 'read',
  used: 'read',
  cost: 'time',
};

export const domains: readonly Domain[] = [films, products, books];

export const adjectives: Pair<string> = [
  [
    'bad',
    'terrible',
    'awful',
    'poor',
    'dreadful',
    'dull',
    'weak',
    'disappointing',
    'clumsy',
    'sloppy',
    'mediocre',
    'annoying',
    'horrible',
    'forgettable',
    'shoddy',
    'tedious',
    'lousy',
  ],
  [
    'good',
    'great',
    'excellent',
    'wonderful',
    'superb',
    'brilliant',
    'strong',
    'impressive',
    'delightful',
    'outstanding',
    'lovely',
    'fantastic',
    'remarkable',
    'pleasant',
    'splendid',
    'charming',
    'convincing',
  ],
];

export const intensifiers = [
  'very',
  'really',
  'truly',
  'rather',
  'so',
  'extremely',
  'quite',
  'simply',
  'absolutely',
  'surprisingly',
  'pretty',
];

/** Between a form of "to be" and an adjective, they turn its meaning round. */
export const negators = [
  'not',
  'not at all',
  'never',
  'anything but',
  'far from',
  'hardly',
  'by no means',
  'not the least bit',
  'in no way',
  'not exactly',
];

/** Past tense and infinitive of what a person feels about a thing. */
export const feelings: Pair<readonly [past: string, infinitive: string]> = [
  [
    ['hated', 'hate'],
    ['disliked', 'dislike'],
    ['despised', 'despise'],
    ['resented', 'resent'],
    ['regretted', 'regret'],
  ],
  [
    ['loved', 'love'],
    ['enjoyed', 'enjoy'],
    ['liked', 'like'],
    ['admired', 'admire'],
    ['adored', 'adore'],
  ],
];

/** What a thing does by itself: with one subject, and as an infinitive. */
export const effects: Pair<readonly [singular: string, infinitive: string]> = [
  [
    ['disappoints', 'disappoint'],
    ['falls flat', 'fall flat'],
    ['falls apart', 'fall apart'],
    ['fails', 'fail'],
    ['bores', 'bore'],
    ['irritates', 'irritate'],
  ],
  [
    ['delights', 'delight'],
    ['stands out', 'stand out'],
    ['works', 'work'],
    ['shines', 'shine'],
    ['convinces', 'convince'],
    ['impresses', 'impress'],
  ],
];

/** Said of a subject as a whole; their own "not" and "nothing" don't turn them round. [for one, for many] */
export const idioms: Pair<readonly [singular: string, plural: string]> = [
  [
    ['could not be worse', 'could not be worse'],
    ['leaves much to be desired', 'leave much to be desired'],
    ['does nothing for me', 'do nothing for me'],
    ['never gets going', 'never get going'],
  ],
  [
    ['could not be better', 'could not be better'],
    ['leaves nothing to be desired', 'leave nothing to be desired'],
    ['never lets you down', 'never let you down'],
    ['does not put a foot wrong', 'do not put a foot wrong'],
  ],
];

export const verdictLeads = [
  'Overall, ',
  'All in all, ',
  'In the end, ',
  'On balance, ',
  'When all is said, ',
  'My verdict: ',
  'Taken as a whole, ',
];
export const verdictFirst = [
  'My verdict first: ',
  'In short: ',
  'To begin with the verdict: ',
  'The conclusion first: ',
];
