import { median } from '../../src/cli/bench/timing.ts';

/** What every program reports of itself. `importRssBytes` is the memory before anything was computed. */
export interface Report {
  readonly runtime?: string;
  readonly version?: string;
  readonly blas?: string;
  readonly attention?: { readonly kind: string };
  readonly adamw?: { readonly kind?: string };
  readonly msPerStep: { readonly median: number; readonly min: number };
  /** Of all threads. */
  readonly cpuMsPerStep?: number;
  readonly losses: readonly number[];
  readonly peakRssBytes: number;
  readonly importRssBytes?: number;
}

export interface Round {
  /** GFLOP/s of the fastest matrix product. */
  readonly peak: number;
  readonly reports: Readonly<Record<string, Report>>;
}

/** The program that the others are compared to. */
export const KIT = 'dormouse';

/** The middle and the ends of the rounds' values. */
const spread = (values: readonly number[]) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** What the rounds say of a program: times a step, times ours, share of the fastest product, losses against ours. */
export function summarize(program: string, played: readonly Round[], stepFlops: number) {
  const reports = played.map((round) => round.reports[program]!);
  const ours = played.map((round) => round.reports[KIT]!);
  const ms = reports.map((report) => report.msPerStep.median);
  const cpuMs = reports.flatMap((report) => report.cpuMsPerStep ?? []);
  const differences = reports.flatMap((report, i) =>
    report.losses.flatMap((loss, step) => {
      const our = ours[i]!.losses[step];
      return our === undefined ? [] : [Math.abs(loss - our)];
    }),
  );
  const { runtime, version, blas, attention, adamw, importRssBytes } = reports[0]!;
  return {
    program,
    runtime: [runtime ?? 'onnxruntime', version, blas, attention?.kind, adamw?.kind].filter(Boolean).join(' '),
    msPerStep: { median: median(ms), min: Math.min(...reports.map((report) => report.msPerStep.min)) },
    ratio: spread(ms.map((each, i) => each / ours[i]!.msPerStep.median)),
    ...(cpuMs.length > 0 && {
      cpuMsPerStep: median(cpuMs),
      cpuRatio: spread(cpuMs.map((each, i) => each / ours[i]!.cpuMsPerStep!)),
    }),
    peakShare: spread(ms.map((each, i) => stepFlops / each / 1e6 / played[i]!.peak)),
    lossDifference: differences.length === 0 ? NaN : Math.max(...differences),
    comparedSteps: Math.min(...reports.map((report, i) => Math.min(report.losses.length, ours[i]!.losses.length))),
    peakRssBytes: median(reports.map((report) => report.peakRssBytes)),
    ...(importRssBytes !== undefined && { importRssBytes }),
  };
}
