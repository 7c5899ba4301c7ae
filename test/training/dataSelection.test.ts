/** Which reviews a run trains on, with and without their labels. */
import { describe, expect, it } from '@jest/globals';
import type { Dataset, Review, Split } from '../../src/data/dataset.ts';
import { selectLabelled, selectUnlabelled } from '../../src/training/dataSelection.ts';

const counts = { train: 40, validation: 0, test: 0, unlabelled: 30 };
const reviewsOf = (split: Split): Review[] =>
  Array.from({ length: counts[split] }, (_, i) => ({
    id: `${split}/${i}`,
    text: `${split} ${i}`,
    label: split === 'unlabelled' ? null : ((i % 2) as 0 | 1),
  }));
const dataset: Dataset = {
  name: 'in-memory',
  fingerprint: 'f',
  source: 'a test',
  counts,
  duplicatesRemoved: 0,
  reviews: async (split) => reviewsOf(split),
};

const idsOf = (selected: readonly { review: Review }[]) => selected.map(({ review }) => review.id);

describe('labelled reviews', () => {
  it('are the same for the same seed, others for another, and leave the rest', async () => {
    const { labelled, rest } = await selectLabelled(dataset, 10, 1);
    expect(labelled).toHaveLength(10);
    expect([...idsOf(labelled), ...idsOf(rest)].sort()).toEqual(
      idsOf(reviewsOf('train').map((review) => ({ review }))).sort(),
    );
    expect(idsOf((await selectLabelled(dataset, 10, 1)).labelled)).toEqual(idsOf(labelled));
    expect(idsOf((await selectLabelled(dataset, 10, 2)).labelled)).not.toEqual(idsOf(labelled));
  });
});

describe('unlabelled reviews', () => {
  const select = async (unlabelledReviews: number, restUnlabelled: boolean) => {
    const { rest } = await selectLabelled(dataset, 10, 1);
    return selectUnlabelled(dataset, rest, { unlabelledReviews, restUnlabelled }, 1);
  };

  it('are drawn from the rest of the training reviews and the unlabelled split together', async () => {
    const selected = await select(50, false);
    expect(selected).toHaveLength(50);
    expect(new Set(selected.map(({ split }) => split))).toEqual(new Set(['train', 'unlabelled']));
    expect(await select(0, false)).toEqual([]);
  });

  it('can be all of the rest, and so many of the unlabelled split besides', async () => {
    expect(idsOf(await select(0, true))).toHaveLength(30);
    const selected = await select(12, true);
    expect(selected.filter(({ split }) => split === 'train')).toHaveLength(30);
    expect(selected.filter(({ split }) => split === 'unlabelled')).toHaveLength(12);
  });

  it('can be no more than there are', async () => {
    await expect(select(31, true)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      facts: { asked: 31, available: 30 },
    });
    await expect(select(61, false)).rejects.toMatchObject({ facts: { available: 60 } });
  });
});
