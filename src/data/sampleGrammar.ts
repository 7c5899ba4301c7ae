/** The grammar of the `sample` dataset: reviews whose label follows from how their words are put together. */
import type { Random } from '../nn/random.ts';
import type { Domain, Pair, Polarity, Subject } from './sampleWords.ts';
import {
  adjectives,
  domains,
  effects,
  feelings,
  idioms,
  intensifiers,
  negators,
  verdictFirst,
  verdictLeads,
} from './sampleWords.ts';

/** Share of opinions said by turning the opposite round: "never dull". */
const negationShare = 0.25;
const factShare = 0.35;
/** Share of reviews that vary in ways that say nothing: no capitals, no final stop, more exclamation marks. */
const variationShare = 0.03;

/** What a review is about, and where its choices come from. */
interface Scene {
  readonly random: Random;
  readonly domain: Domain;
  readonly thing: string;
}

const opposite = (polarity: Polarity): Polarity => (polarity === 1 ? 0 : 1);

/** @returns a review of one to four sentences; its label is `polarity` by construction */
export function writeReview(random: Random, polarity: Polarity): string {
  const domain = random.pick(domains);
  const scene: Scene = { random, domain, thing: random.pick(domain.things) };
  const sentences = random.pick(shapes)(scene, polarity);
  if (sentences.length < 4 && random.chance(factShare)) {
    sentences.splice(random.pick([0, 1, sentences.length]), 0, random.pick(domain.facts));
  }
  const text = sentences.map((sentence) => finish(random, sentence)).join(' ');
  return random.chance(variationShare) ? vary(random, text) : text;
}

const shapes = [plain, plain, plain, plain, contrast, contrast, contrast, concluded, concluded, unexpected];

/** One or two opinions that agree. */
function plain(scene: Scene, polarity: Polarity): string[] {
  const first = opinion(scene, polarity);
  if (scene.random.chance(0.4)) return [first];
  return scene.random.chance(0.5)
    ? [first, opinion(scene, polarity)]
    : [`${first}, and ${opinion(scene, polarity)}`];
}

/** Two opinions that disagree: what follows "but", or is said beside "although", is what counts. */
function contrast(scene: Scene, polarity: Polarity): string[] {
  const { random } = scene;
  const counts = opinion(scene, polarity);
  const conceded = opinion(scene, opposite(polarity));
  return random.pick([
    () => [`${conceded}, but ${counts}`],
    () => [`${conceded}, but ${counts}`],
    () => [`although ${conceded}, ${counts}`],
    () => [`even if ${conceded}, ${counts}`],
    () => [`${counts}, although ${conceded}`],
    () => [`${counts}, even though ${conceded}`],
    () => [conceded, `still, ${counts}`],
    () => [`granted, ${conceded}`, `what matters more: ${counts}`],
    () => [`${conceded}; ${random.pick(['however', 'nevertheless'])}, ${counts}`],
  ])();
}

/** Opinions of either kind, and a verdict that decides. */
function concluded(scene: Scene, polarity: Polarity): string[] {
  const { random } = scene;
  const either = (): Polarity => (random.chance(0.5) ? 1 : 0);
  const body = random.chance(0.5)
    ? [opinion(scene, either()), opinion(scene, either())]
    : [`${opinion(scene, opposite(polarity))}, and ${opinion(scene, either())}`];
  return random.chance(0.3)
    ? [random.pick(verdictFirst) + verdict(scene, polarity), ...body]
    : [...body, random.pick(verdictLeads) + verdict(scene, polarity)];
}

/** What was hoped, feared or heard, and how it turned out. */
function unexpected(scene: Scene, polarity: Polarity): string[] {
  const { random, domain, thing } = scene;
  const other = opposite(polarity);
  const turn = opinion(scene, polarity);
  const [past, infinitive] = random.pick(feelings[other]);
  return random.pick([
    () => [`I had heard that this ${thing} was ${adjective(scene, other)}`, turn],
    () => [
      `I expected ${article(adjective(scene, other))} ${thing} and got ${article(adjective(scene, polarity))} one`,
    ],
    () => [`everyone else ${past} this ${thing}`, `I do not see why: ${turn}`],
    () => [`I was sure that I would ${infinitive} this ${thing}, but ${turn}`],
    () => [`the last ${thing} I ${domain.used} was ${adjective(scene, other)}`, `this one is not: ${turn}`],
    () => [`this ${thing} could have been ${adjective(scene, other)}`, `as it is, ${turn}`],
  ])();
}

/** A clause with one opinion, in small letters and without a stop. */
function opinion(scene: Scene, polarity: Polarity): string {
  const { random, domain, thing } = scene;
  const subject: Subject = random.chance(0.25)
    ? { text: `this ${thing}`, plural: false }
    : random.pick(domain.aspects);
  return random.chance(negationShare)
    ? turnedRound(scene, subject, polarity)
    : direct(scene, subject, polarity);
}

function direct(scene: Scene, { text, plural }: Subject, polarity: Polarity): string {
  const { random } = scene;
  const is = plural ? 'are' : 'is';
  const word = adjective(scene, polarity, text);
  return random.pick([
    () => `${text} ${is} ${word}`,
    () => `${text} ${is} ${random.pick(intensifiers)} ${word}`,
    () => `${text} ${is} ${random.pick(intensifiers)} ${word}`,
    () => `${text} ${is} ${word} and ${adjective(scene, polarity, text)}`,
    () => `${text} ${is} not only ${word} but also ${adjective(scene, polarity, text)}`,
    () => `${text} ${is} nothing short of ${word}`,
    () => `I found ${text} ${random.pick(intensifiers)} ${word}`,
    () => `I ${random.pick(feelings[polarity])[0]} ${text}`,
    () => `${text} ${random.pick(effects[polarity])[plural ? 1 : 0]}`,
    () => `${text} ${random.pick(idioms[polarity])[plural ? 1 : 0]}`,
  ])();
}

/** The opposite, negated. */
function turnedRound(scene: Scene, { text, plural }: Subject, polarity: Polarity): string {
  const { random } = scene;
  const other = opposite(polarity);
  const is = plural ? 'are' : 'is';
  const word = adjective(scene, other, text);
  const [past, infinitive] = random.pick(feelings[other]);
  return random.pick([
    () => `${text} ${is} ${random.pick(negators)} ${word}`,
    () => `${text} ${is} ${random.pick(negators)} ${word}`,
    () => `${text} ${is} ${random.pick(negators)} ${word}`,
    () => `${text} ${is}n't ${word}`,
    () => `nobody could call ${text} ${word}`,
    () => `I would not call ${text} ${word}`,
    () => `there is nothing ${word} about ${text}`,
    () => `I ${random.pick(['did not', 'could not', "didn't", 'will never'])} ${infinitive} ${text}`,
    () => `I can't say that I ${past} ${text}`,
    () =>
      `${text} ${plural ? random.pick(['do not', 'never', "don't"]) : random.pick(['does not', 'will not', "doesn't"])} ${random.pick(effects[other])[1]}`,
  ])();
}

function verdict(scene: Scene, polarity: Polarity): string {
  const { random, domain, thing } = scene;
  const { use, used, cost } = domain;
  const word = adjective(scene, polarity);
  const choices: Pair<string> = [
    [
      `I would not recommend this ${thing}`,
      `I can't recommend it`,
      `it is not worth the ${cost}`,
      `I am sorry that I ${used} it`,
      `save your ${cost}`,
      `I would not ${use} it again`,
      `it is ${article(word)} ${thing}`,
      `I want my ${cost} back`,
    ],
    [
      `I would recommend this ${thing}`,
      `I can only recommend it`,
      `it is worth the ${cost}`,
      `I am glad that I ${used} it`,
      `it is ${cost} well spent`,
      `I would ${use} it again`,
      `it is ${article(word)} ${thing}`,
      `I do not want to miss it`,
    ],
  ];
  return random.chance(0.25) ? opinion(scene, polarity) : random.pick(choices[polarity]);
}

/** Of the thing itself, words of its domain too; of an aspect, only words that fit anything. */
function adjective({ random, domain, thing }: Scene, polarity: Polarity, subject = thing): string {
  const fitting = subject.endsWith(thing) && random.chance(0.6) ? domain.adjectives : adjectives;
  return random.pick(fitting[polarity]);
}

function article(word: string): string {
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;
}

function finish(random: Random, sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${random.chance(0.12) ? '!' : '.'}`;
}

function vary(random: Random, text: string): string {
  return random.pick([
    () => text.toLowerCase(),
    () => text.replace(/[.!]$/, ''),
    () => text.replace(/[.!]$/, '!!'),
    () => text.replaceAll('. ', '... '),
  ])();
}
