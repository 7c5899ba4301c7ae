/** What may name a model, an alias or a dataset: it is a part of paths and of references such as name@3. */

export const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
export const nameRule = '1 to 64 of a-z, 0-9, ".", "_", "-", starting with a letter or digit';

/** The reference that always means this version of a model: name@version. */
export const referenceOf = ({ name, version }: { readonly name: string; readonly version: number }): string =>
  `${name}@${version}`;
