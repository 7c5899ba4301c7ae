/** Holds the source to its layout: which part may import which, where native packages are, and how long a file gets. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

interface Arrows {
  /** Imported at run time; these arrows have no cycle. */
  readonly uses: readonly string[];
  /** Imported as types only; such an arrow leaves nothing behind at run time, so it may point back. */
  readonly types?: readonly string[];
}

/**
 * The intended arrows. A part is a folder of src/, or one of the files named here that other parts share: the contract
 * files of a folder say what it is told and what it tells, and need nothing of the rest of it. Every part may import
 * errors.ts, names.ts and files.ts, and the types of config.ts and log.ts.
 */
const allowed: Readonly<Record<string, Arrows>> = {
  'errors.ts': { uses: [] },
  'names.ts': { uses: [] },
  'files.ts': { uses: [] },
  'config.ts': { uses: [] },
  'log.ts': { uses: [] },
  'evaluation/samples.ts': { uses: [] },
  // Where what the parts below make is found by other machines.
  artefacts: { uses: [] },
  'training/config.ts': { uses: ['evaluation/samples.ts'] },
  'progress/progress.ts': { uses: [] },
  'progress/phaseReporter.ts': { uses: ['progress/progress.ts'] },
  charts: { uses: [] },
  nn: { uses: [] },
  text: { uses: ['nn'] },
  // For its seeded random numbers.
  data: { uses: ['nn', 'artefacts'] },
  // A run's row holds its configuration, epochs and report; a model's row holds its card.
  storage: {
    uses: ['progress/progress.ts'],
    types: ['models', 'evaluation', 'benchmark', 'survey', 'training/config.ts'],
  },
  // Who may ask, and what is remembered of it.
  access: { uses: ['storage'] },
  // A checkpoint comes by the same download as a dataset.
  models: { uses: ['nn', 'data', 'storage', 'artefacts'] },
  evaluation: {
    uses: [
      'evaluation/samples.ts',
      'nn',
      'text',
      'data',
      'models',
      'progress/progress.ts',
      'progress/phaseReporter.ts',
    ],
    types: ['artefacts'],
  },
  // Its runs are trainings of the configurations; the rest it measures itself.
  survey: {
    uses: ['charts', 'nn', 'models', 'evaluation', 'training/config.ts', 'progress/phaseReporter.ts'],
    types: ['data', 'artefacts', 'progress/progress.ts'],
  },
  // It measures serving as it is, in a run's own process.
  benchmark: {
    uses: [
      'charts',
      'nn',
      'evaluation',
      'evaluation/samples.ts',
      'serving',
      'progress/progress.ts',
      'progress/phaseReporter.ts',
    ],
    types: ['data', 'models', 'training/config.ts'],
  },
  // The analysis of a survey is a run like a training.
  training: {
    uses: [
      'artefacts',
      'nn',
      'text',
      'data',
      'models',
      'evaluation',
      'benchmark',
      'survey',
      'training/config.ts',
      'progress/progress.ts',
      'progress/phaseReporter.ts',
    ],
    types: ['serving'],
  },
  serving: { uses: ['evaluation', 'models'] },
  // Is told what happens elsewhere, and asks for nothing itself.
  telemetry: { uses: ['serving'], types: ['training'] },
  jobs: {
    uses: [
      'training',
      'survey',
      'models',
      'evaluation',
      'storage',
      'progress/progress.ts',
      'training/config.ts',
    ],
    types: ['artefacts', 'data', 'benchmark', 'serving'],
  },
  // Of training it knows the configurations: trainings themselves go through the queue.
  graphql: {
    uses: [
      'access',
      'benchmark',
      'evaluation',
      'models',
      'storage',
      'data',
      'nn',
      'survey',
      'jobs',
      'telemetry',
      'progress/progress.ts',
      'training/config.ts',
    ],
    types: ['serving', 'artefacts'],
  },
  // The rows of all tables, and the files that they name.
  backup: { uses: ['artefacts', 'data', 'storage', 'telemetry'] },
  'client.ts': { uses: [] },
  'download.ts': { uses: ['models', 'graphql'] },
  'surveyDownload.ts': { uses: ['survey', 'graphql'] },
  'benchmarkDownload.ts': { uses: ['benchmark', 'graphql'] },
  'backupDownload.ts': { uses: ['backup', 'graphql'] },
  // In the browser; it knows the server by the schema alone.
  web: { uses: [] },
  'dashboard.ts': { uses: [] },
  'listening.ts': { uses: [], types: ['storage'] },
  'server.ts': {
    uses: [
      'access',
      'graphql',
      'listening.ts',
      'dashboard.ts',
      'download.ts',
      'surveyDownload.ts',
      'benchmarkDownload.ts',
      'backupDownload.ts',
    ],
    types: ['storage'],
  },
  'workerServer.ts': { uses: ['access', 'graphql', 'listening.ts'], types: ['app.ts'] },
  'app.ts': {
    uses: [
      'log.ts',
      'access',
      'artefacts',
      'jobs',
      'serving',
      'telemetry',
      'training',
      'models',
      'storage',
      'data',
      'nn',
    ],
    types: ['graphql'],
  },
  cli: {
    uses: [
      'artefacts',
      'app.ts',
      'access',
      'server.ts',
      'workerServer.ts',
      'client.ts',
      'config.ts',
      'models',
      'backup',
      'storage',
      'training',
      'training/config.ts',
    ],
    types: ['progress/progress.ts'],
  },
  'cli.ts': { uses: ['cli', 'graphql'] },
};
const forEveryPart: Arrows = { uses: ['errors.ts', 'names.ts', 'files.ts'], types: ['config.ts', 'log.ts'] };

/** The one place of each package that is native, or that is chosen among several at run time. */
const onlyIn: readonly { packages: RegExp; file: string }[] = [
  { packages: /^onnxruntime-(node|common|web)(\/|$)/, file: 'nn/runtime/onnxruntime.ts' },
  { packages: /^@tensorflow\//, file: 'nn/runtime/tfjs.ts' },
  { packages: /^esbuild(\/|$)/, file: 'nn/runtime/tfjs.ts' },
  { packages: /^pg-boss$/, file: 'jobs/jobQueue.ts' },
  { packages: /^@aws-sdk\//, file: 'artefacts/s3.ts' },
];

const longestFile = 400;
/** Lists of words are data, and the operations are generated. */
const longer = new Set(['data/sampleWords.ts', 'web/api/operations.ts']);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const root = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split('\\').join('/'))
  .filter((file) => /\.tsx?$/.test(file))
  .sort();
const sources = new Map(
  files.map((file) => [
    file,
    ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.ES2022),
  ]),
);
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source));

/** Static, re-exporting and dynamic imports, `import('…')` types, and `require` and `require.resolve` of a literal. */
function importsOf(file: string, source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const { text } = specifier;
    found.push({
      from: file,
      to: text.startsWith('.') ? posix.normalize(posix.join(dirname(file), text)) : text,
      typeOnly,
    });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, onlyTypes(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && isImport(node.expression)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  return (
    !clause.name &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}

function isImport(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
  );
}

/** The part of src/ that a file belongs to; null for a package. */
function partOf(path: string): string | null {
  if (Object.hasOwn(allowed, path)) return path;
  const [first = ''] = path.split('/');
  return sources.has(path) ? first : null;
}

const isAllowed = (from: string, to: string, typeOnly: boolean): boolean =>
  [allowed[from], forEveryPart].some(
    (arrows) => arrows?.uses.includes(to) || (typeOnly && arrows?.types?.includes(to)),
  );

describe('the layout of src/', () => {
  it('has every part in the table', () => {
    expect(files.map(partOf).filter((part) => part === null || !Object.hasOwn(allowed, part))).toEqual([]);
  });

  it('has no cycle among the arrows of run time', () => {
    const depth = new Map<string, number>();
    const depthOf = (part: string, above: readonly string[]): number => {
      if (above.includes(part)) throw new Error(`a cycle: ${[...above, part].join(' -> ')}`);
      const known = depth.get(part);
      if (known !== undefined) return known;
      const uses = allowed[part]?.uses ?? [];
      const own = 1 + Math.max(-1, ...uses.map((used) => depthOf(used, [...above, part])));
      depth.set(part, own);
      return own;
    };
    expect(Math.max(...Object.keys(allowed).map((part) => depthOf(part, [])))).toBeGreaterThan(4);
  });

  it('imports along the arrows only', () => {
    const reversed = imports.flatMap(({ from, to, typeOnly }) => {
      const [source, target] = [partOf(from), partOf(to)];
      if (source === null || target === null || source === target) return [];
      return isAllowed(source, target, typeOnly)
        ? []
        : [`${from} imports ${to}${typeOnly ? ' (types)' : ''}`];
    });
    expect(reversed).toEqual([]);
  });

  it('imports no file that is not there', () => {
    const broken = imports.filter(({ from, to }) => to.endsWith('.ts') && !sources.has(to) && partOf(from));
    expect(broken).toEqual([]);
  });

  it('holds no arrow in its table that nothing uses any more', () => {
    const used = new Set(imports.map(({ from, to }) => `${partOf(from)} -> ${partOf(to)}`));
    const stale = Object.entries(allowed).flatMap(([part, { uses, types = [] }]) =>
      [...uses, ...types].map((to) => `${part} -> ${to}`).filter((arrow) => !used.has(arrow)),
    );
    expect(stale).toEqual([]);
  });

  it.each(onlyIn)('imports $packages in $file only', ({ packages, file }) => {
    const importers = imports.filter(({ to }) => packages.test(to)).map(({ from }) => from);
    expect([...new Set(importers)]).toEqual([file]);
  });

  it('has no type `any`', () => {
    const found: string[] = [];
    for (const [file, source] of sources) {
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) {
          const { line } = source.getLineAndCharacterOfPosition(node.pos);
          found.push(`${file}:${line + 1}`);
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
    expect(found).toEqual([]);
  });

  it(`has no file of more than ${longestFile} lines`, () => {
    const long = [...sources].filter(
      ([file, source]) => !longer.has(file) && source.getLineStarts().length - 1 > longestFile,
    );
    expect(long.map(([file]) => file)).toEqual([]);
  });

  it('says at the top of every file what it is for', () => {
    const silent = [...sources].filter(([, { text }]) => !/^(#!.*\n)?\/\*\*/.test(text));
    expect(silent.map(([file]) => file)).toEqual([]);
  });
});
