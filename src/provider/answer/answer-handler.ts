import type { HttpResult, ResponseHandler } from '../../http/response-handler.ts';
import { defaultAnswerLimits } from '../target/target.ts';
import { AnswerBody } from './answer-body.ts';
import type { WireReader } from './answer-event.ts';
import { concludeExchange, concludeUnreadable } from './conclude.ts';
import type { Call, Exchange } from './exchange.ts';

/** Reads the answer to one call while it comes in, and concludes what became of the call. */
export class AnswerHandler extends AnswerBody implements ResponseHandler<Exchange> {
  readonly #call: Call;

  constructor(call: Call, reader: WireReader) {
    super(reader, { ...defaultAnswerLimits, ...call.target.limits.answer });
    this.#call = call;
  }

  /** Never throws: whatever an answer holds, its attempt comes to an end. */
  conclude(result: HttpResult): Exchange {
    const received = { ...result, body: this };
    try {
      return concludeExchange(received, this.#call);
    } catch (error) {
      return concludeUnreadable(received, error, this.#call);
    }
  }
}
