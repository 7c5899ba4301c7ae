/** Reviews to start with, each with something that models find hard or easy. */
export interface Example {
  readonly name: string;
  readonly text: string;
}

export const examples: readonly [Example, ...Example[]] = [
  {
    name: 'Mixed feelings',
    text: 'The first hour drags, and I nearly walked out. Then the lighthouse scene arrives and everything that seemed pointless falls into place. Clumsy, far too long, and still the most moving film I have seen this year.',
  },
  {
    name: 'Clear praise',
    text: 'A warm, funny and beautifully acted story about two sisters who reopen a village cinema. I laughed, I cried, and I called my own sister on the way home.',
  },
  {
    name: 'Clear complaint',
    text: 'Dull from the opening titles to the last explosion. The dialogue is wooden, the plot makes no sense, and not even the soundtrack can save this mess.',
  },
  {
    name: 'Negation',
    text: 'I did not expect to like it, and I would not say that it is without faults, but there was not a single minute in which I was bored.',
  },
  {
    name: 'Irony',
    text: 'Wonderful: another two hours of a grown man staring at rain. If you have always wanted to pay to watch paint dry, this is the masterpiece for you.',
  },
];
