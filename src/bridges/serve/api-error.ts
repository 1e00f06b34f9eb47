import { UserError } from '../../lib/errors.ts';

interface Details {
  /** The request's field that is to blame. */
  readonly param?: string;
  readonly code?: string;
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
  500: 'server_error',
  503: 'server_error',
};

/** A refusal in the shape that OpenAI's clients read. Statuses 429 and 503 tell them to try again. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly details: Details;

  constructor(status: number, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }

  body(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    const { param = null, code = null } = this.details;
    return { error: { message: this.message, type: TYPES[this.status] ?? 'invalid_request_error', param, code } };
  }
}

/** What a client is told of anything thrown: its own mistakes in full, ours without their inside. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof UserError) return new ApiError(400, error.message);
  return new ApiError(500, 'the server failed on this request; its terminal says more');
}
