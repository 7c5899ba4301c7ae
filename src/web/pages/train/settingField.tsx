/** The field of one number of a training. */
import { NumberInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { NumberSetting } from './settings.ts';
import type { TrainingValues } from './trainingForm.ts';

export function SettingField({
  form,
  group,
  setting,
}: {
  form: UseFormReturnType<TrainingValues>;
  /** Where the form keeps it. */
  group: 'numbers' | 'encoder';
  setting: NumberSetting;
}) {
  const { key, label, help, min, max, step, usual, empty, whole } = setting;
  return (
    <NumberInput
      label={label}
      description={help}
      placeholder={usual === null ? empty : String(usual)}
      // The server tells what is out of bounds; here they only guide the buttons.
      min={min}
      {...(max !== undefined && { max })}
      clampBehavior="none"
      step={step}
      allowDecimal={!whole}
      {...form.getInputProps(`${group}.${key}`)}
    />
  );
}
