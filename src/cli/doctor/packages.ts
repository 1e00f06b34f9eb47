import type { Finding, Machine } from './types.ts';

interface OptionalPackage {
  readonly name: string;
  /** What it would be good for. */
  readonly use: string;
  readonly install: string;
}

/** What the kit can use and does not need. (tfjs-node and its GPU build are engines, and looked at there.) */
const OPTIONAL: readonly OptionalPackage[] = [
  {
    name: '@huggingface/transformers',
    use: 'runs exported organisms and off-the-shelf ONNX models (transformers.js, 4.x)',
    install: 'npm install @huggingface/transformers@4 --ignore-scripts',
  },
  {
    name: '@xenova/transformers',
    use: 'the same under its older name (2.x, frozen)',
    install: 'npm install @xenova/transformers@2 --ignore-scripts',
  },
  {
    name: '@huggingface/hub',
    use: 'downloads models and datasets from the Hugging Face hub',
    install: 'npm install @huggingface/hub@2',
  },
];

export const packageFindings = ({ packageVersion }: Pick<Machine, 'packageVersion'>): Finding[] =>
  OPTIONAL.map(({ name, use, install }) => {
    const version = packageVersion(name);
    return version === undefined
      ? { name, state: 'missing', detail: use, enable: install }
      : { name, state: 'ok', detail: `${version}: ${use}` };
  });
