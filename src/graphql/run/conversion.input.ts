/** What a client asks of runs that make a model without training one. The rules and defaults are those of src/training/config.ts. */
import { Field, InputType, Int } from 'type-graphql';
import { importConfig, quantizationConfig } from '../../training/config.ts';
import { EmbeddingPrecision } from '../enums.ts';
import { setting } from './setting.ts';

@InputType({
  description:
    'Brings in a model that was made elsewhere: a BERT or DistilBERT classifier in Hugging Face’s layout, an ONNX file, or a model that Distillery exported.',
})
export class ImportModelInput {
  @Field(
    () => String,
    setting(importConfig, 'name', 'The name to publish under; an existing one gets a new version.'),
  )
  name!: string;

  @Field(
    () => String,
    setting(
      importConfig,
      'checkpoint',
      'A folder’s name in the checkpoint directories, or a hub name (owner/name).',
    ),
  )
  checkpoint!: string;

  @Field(
    () => Int,
    setting(
      importConfig,
      'maxTokens',
      'Tokens of a review that are read; 256 without it, or the model’s positions where they are fewer.',
    ),
  )
  maxTokens?: number | null;

  @Field(
    () => String,
    setting(importConfig, 'dataset', 'Measures accuracy and latency on its validation reviews.'),
  )
  dataset?: string | null;
}

@InputType({
  description:
    'Makes a calibrated int8 model of a trained one: a quarter of its size and, of an encoder, faster.',
})
export class QuantizeModelInput {
  @Field(() => String, setting(quantizationConfig, 'model', 'Name, name@version or alias.'))
  model!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name to publish under; the model’s own with -int8 where none is given.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The dataset on whose validation reviews both models are measured; by default the model’s own.',
  })
  dataset?: string | null;

  @Field(
    () => EmbeddingPrecision,
    setting(quantizationConfig, 'embeddings', 'How tables of embeddings are kept.'),
  )
  embeddings?: string | null;

  @Field(
    () => Boolean,
    setting(
      quantizationConfig,
      'calibrate',
      'Scales the logits so that, on the validation reviews, probabilities mean what they say (Platt scaling).',
    ),
  )
  calibrate?: boolean | null;

  @Field(
    () => Int,
    setting(
      quantizationConfig,
      'maxTokens',
      'Tokens of a review that the new model reads; as many as the old one without it.',
    ),
  )
  maxTokens?: number | null;
}
